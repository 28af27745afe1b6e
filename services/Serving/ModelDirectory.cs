using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Serving;

/// <summary>Which model a name means at this moment.</summary>
public interface IModelDirectory
{
    /// <summary>The digest behind a deployment's name or <c>name@alias</c>; null when there is none.</summary>
    ValueTask<Digest?> FindAsync(string name, CancellationToken ct);

    ValueTask<IReadOnlyList<NamedModel>> ListAsync(CancellationToken ct);
}

/// <summary>A name that requests may use, since when it means this model.</summary>
public sealed record NamedModel(string Name, Digest Digest, DateTimeOffset Since);

/// <summary>The fold of Registry's events into names: a deployment's own, and <c>model@alias</c>.</summary>
internal sealed class ModelNames
{
    private readonly Dictionary<string, NamedModel> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, int Version), Digest> _versions = [];

    public IReadOnlyList<NamedModel> All => [.. _names.Values.OrderBy(n => n.Name, StringComparer.Ordinal)];

    public NamedModel? Find(string name) => _names.GetValueOrDefault(name);

    /// <exception cref="InvalidOperationException">An alias moved to a version that was never registered.</exception>
    public void Apply(IEvent @event, DateTimeOffset at)
    {
        switch (@event)
        {
            case ModelVersionRegistered registered:
                _versions[(registered.Model, registered.Version)] = registered.Digest;
                break;
            case AliasMoved moved:
                Set($"{moved.Model}@{moved.Alias}", DigestOf(moved), at);
                break;
            case DeploymentActivated activated:
                Set(activated.Deployment, activated.Digest, at);
                break;
        }
    }

    private Digest DigestOf(AliasMoved moved) => _versions.TryGetValue((moved.Model, moved.Version), out var digest)
        ? digest
        : throw new InvalidOperationException($"The ledger moves {moved.Model}@{moved.Alias} to version {moved.Version}, which was never registered.");

    private void Set(string name, Digest digest, DateTimeOffset at) => _names[name] = new(name, digest, at);
}

/// <summary>Names as the ledger has them when the question is asked: each answer first folds what was appended since the last.</summary>
public sealed class LedgerDirectory(LedgerStore ledger) : IModelDirectory, IDisposable
{
    private static readonly string[] Categories = ["model", "deployment"];
    private readonly SemaphoreSlim _turn = new(1);
    private ModelNames _names = new();
    private long _position;

    public async ValueTask<Digest?> FindAsync(string name, CancellationToken ct) => await AskAsync(names => names.Find(name)?.Digest, ct);

    public async ValueTask<IReadOnlyList<NamedModel>> ListAsync(CancellationToken ct) => await AskAsync(names => names.All, ct);

    public void Dispose() => _turn.Dispose();

    private async Task<T> AskAsync<T>(Func<ModelNames, T> question, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            while (await ledger.ReadAsync(_position, 500, Categories, ct) is var page && (page.Position > _position || page.Head < _position))
            {
                if (page.Head < _position)
                {
                    // The ledger was restored from an older backup: its names are read anew.
                    (_names, _position) = (new(), 0);
                    continue;
                }
                foreach (var stored in page.Events)
                    _names.Apply(stored.Data, stored.At);
                _position = page.Position;
            }
            return question(_names);
        }
        finally
        {
            _turn.Release();
        }
    }
}
