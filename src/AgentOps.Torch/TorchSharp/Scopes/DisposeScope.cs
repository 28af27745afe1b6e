namespace TorchSharp;

/// <summary>Disposes, when it ends, every tensor made on its thread meanwhile that was not moved out of it.</summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? current;

    private readonly HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly DisposeScope? outer;
    private bool ended;

    private DisposeScope(DisposeScope? outer) => this.outer = outer;

    internal static DisposeScope? Current => current;

    /// <summary>How many disposables the scope holds now.</summary>
    public int DisposablesCount
    {
        get
        {
            lock (disposables)
            {
                return disposables.Count;
            }
        }
    }

    internal static DisposeScope Begin() => current = new DisposeScope(current);

    public T MoveToOuter<T>(T disposable) where T : IDisposable => Move(disposable, outer);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable => Move(disposable, scope);

    /// <summary>Takes it out of every scope: whoever holds it disposes it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable => Move(disposable, null);

    public T Attach<T>(T disposable) where T : IDisposable
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.Scope?.Remove(tensor);
            tensor.Scope = this;
        }

        Add(disposable);
        return disposable;
    }

    public bool Contains(IDisposable disposable)
    {
        lock (disposables)
        {
            return disposables.Contains(disposable);
        }
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(params IEnumerable<IDisposable> keep)
    {
        var kept = new HashSet<IDisposable>(keep, ReferenceEqualityComparer.Instance);
        IDisposable[] leaving;
        lock (disposables)
        {
            leaving = [.. disposables.Where(disposable => !kept.Contains(disposable))];
            disposables.ExceptWith(leaving);
        }

        foreach (var disposable in leaving)
        {
            if (disposable is torch.Tensor tensor)
            {
                tensor.Scope = null;
            }

            disposable.Dispose();
        }
    }

    /// <exception cref="InvalidOperationException">The scope began on another thread.</exception>
    public void Dispose()
    {
        if (ended)
        {
            return;
        }

        if (thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("a dispose scope ends on the thread it began on; dispose it there");
        }

        while (current is { } inner && inner != this)
        {
            inner.Dispose();
        }

        ended = true;
        current = outer;
        DisposeEverything();
    }

    internal void Add(IDisposable disposable)
    {
        lock (disposables)
        {
            disposables.Add(disposable);
        }
    }

    internal void Remove(IDisposable disposable)
    {
        lock (disposables)
        {
            disposables.Remove(disposable);
        }
    }

    private T Move<T>(T disposable, DisposeScope? target) where T : IDisposable
    {
        Remove(disposable);
        if (disposable is torch.Tensor tensor)
        {
            tensor.Scope?.Remove(tensor);
            tensor.Scope = target;
        }

        target?.Add(disposable);
        return disposable;
    }

    internal DisposeScope? Outer => outer;
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => DisposeScope.Begin();

    public static DisposeScope? CurrentDisposeScope => DisposeScope.Current;

    /// <summary>Evaluates within a scope of its own and moves the result out of it.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
