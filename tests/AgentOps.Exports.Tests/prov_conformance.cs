namespace AgentOps.Exports.Tests;

/// <summary>The document in the hands of the Python library `prov`, which is not ours: Debian's python3-prov.</summary>
public sealed class ProvConformance
{
    private const string Program = """
        import sys
        from prov.model import ProvDocument
        read = ProvDocument.deserialize(content=sys.stdin.read(), format="json")
        again = ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
        assert read == again
        print(read.get_provn())
        """;

    [FactWithPython("prov", "python3-prov")]
    public void Another_library_reads_the_document_writes_it_again_and_finds_the_training_in_it()
    {
        var read = Python.Run(Program, ProvJson.Write(new SampleLineage().Lineage));
        Assert.Contains($"wasAssociatedWith(ao:step/{SampleLineage.Run}/7.train, ao:service/trainer, -)", read);
        Assert.Contains("prov:type='prov:Person'", read);
        Assert.Contains("wasGeneratedBy(", read);
        Assert.Contains("wasAttributedTo(ao:deployment/talk, ao:person/dora)", Python.Run(Program, ProvJson.Write(new SampleLineage().Deployed().Lineage)));
    }

    [FactWithPython("prov", "python3-prov")]
    public void That_library_refuses_a_document_that_is_none() => Assert.ThrowsAny<Exception>(() => Python.Run(Program, """{"entitty": {"ao:model": {}}}"""));
}
