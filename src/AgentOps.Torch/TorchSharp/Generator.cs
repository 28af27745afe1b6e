using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>A source of random numbers on the CPU, whose state can be read and set.</summary>
    public sealed class Generator : IDisposable
    {
        private nint handle;

        /// <exception cref="AgentOps.Torch.TorchException">The device is not the CPU.</exception>
        public Generator(ulong seed = 0, Device? device = null)
        {
            var place = device ?? CPU;
            nint made;
            Native.Check(Native.generator_new(seed, (long)place.type, place.index, &made));
            handle = made;
        }

        private Generator(nint handle) => this.handle = handle;

        ~Generator() => Free();

        /// <summary>The generator that is used where none is given.</summary>
        public static Generator Default
        {
            get
            {
                nint made;
                Native.Check(Native.generator_default(&made));
                return new(made);
            }
        }

        public nint Handle
        {
            get
            {
                ObjectDisposedException.ThrowIf(handle == 0, this);
                return handle;
            }
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.generator_seed(Handle, (ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds it from the system's randomness and gives the seed.</summary>
        public long seed()
        {
            Span<byte> random = stackalloc byte[sizeof(long)];
            System.Security.Cryptography.RandomNumberGenerator.Fill(random);
            var chosen = BitConverter.ToInt64(random) & long.MaxValue;
            manual_seed(chosen);
            return chosen;
        }

        public long initial_seed()
        {
            ulong seed;
            Native.Check(Native.generator_current_seed(Handle, &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        /// <summary>The whole state as bytes; a generator given it goes on with the same numbers.</summary>
        public Tensor get_state()
        {
            nint state;
            Native.Check(Native.generator_get_state(Handle, &state));
            GC.KeepAlive(this);
            return new(state);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.generator_set_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            var old = Interlocked.Exchange(ref handle, 0);
            if (old != 0)
            {
                Native.Check(Native.generator_free(old));
            }
        }
    }

    /// <summary>Seeds the generators that are used where none is given.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.generator_seed_all((ulong)seed));
        return Generator.Default;
    }

    public static int get_num_threads()
    {
        long threads;
        Native.Check(Native.shim_get_threads(&threads));
        return (int)threads;
    }

    /// <summary>The number of threads within an operation, for the whole process.</summary>
    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(num, 1);
        Native.Check(Native.shim_set_threads(num));
    }
}
