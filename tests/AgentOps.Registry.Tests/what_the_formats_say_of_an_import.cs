using System.Security.Cryptography;
using System.Text;
using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Registry;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

[Collection(OneLineageLedger.Name)]
public sealed class WhatTheFormatsSayOfAnImport(LineageLedger ledger)
{
    private readonly PipelineFacts _maker = new(RunId.Create());
    private readonly PipelineFacts _importer = new(RunId.Create());
    private readonly Digest _model = Digest.Of(Guid.NewGuid().ToByteArray());
    private readonly string _name = $"agent-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_model_made_here_and_imported_again_is_said_to_be_made_of_what_it_was_made_of()
    {
        _maker.Submitted("ada");
        _maker.Trained(PipelineFacts.Scratch, _model);
        _importer.Submitted("bob");
        _importer.Trained(new ImportWork("/models/taken"), _model);
        _importer.Registered(_name, 1, _model);
        await ledger.HappenedAsync([.. _maker.All, .. _importer.All]);
        await ledger.SeenAsync();

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var facts = new LineageFacts(ledger.Store, ledger.Db, new("ledger", key.ExportSubjectPublicKeyInfo()));
        var lineage = await facts.OfAsync(await ledger.Store.RootAsync(_name, 1, CancellationToken.None), CancellationToken.None);

        var provenance = SlsaProvenance.Open(Encoding.UTF8.GetBytes(SlsaProvenance.Write(lineage, key)), [PublicKey.Of(key)]).GetRawText();
        Assert.Contains(_importer.Run.ToString(), provenance, StringComparison.Ordinal);
        Assert.Contains(_maker.Run.ToString(), provenance, StringComparison.Ordinal);
    }
}
