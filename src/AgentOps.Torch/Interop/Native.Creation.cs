using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/creation.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int create_empty(long* shape, long count, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_full(long* shape, long count, Number value, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_from(void* data, long bytes, long* shape, long count, long dtype, nint* result);
    [DllImport(Library)] internal static extern int create_arange(Number start, Number stop, Number step, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_eye(long rows, long columns, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_rand(long* shape, long count, nint generator, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_randn(long* shape, long count, nint generator, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_randint(long low, long high, long* shape, long count, nint generator, Placement place, nint* result);
    [DllImport(Library)] internal static extern int create_randperm(long count, nint generator, Placement place, nint* result);
    [DllImport(Library)] internal static extern int random_normal_(nint self, double mean, double deviation, nint generator);
    [DllImport(Library)] internal static extern int random_uniform_(nint self, double from, double to, nint generator);
    [DllImport(Library)] internal static extern int random_bernoulli_(nint self, double probability, nint generator);
    [DllImport(Library)] internal static extern int random_multinomial(nint self, long samples, long replacement, nint generator, nint* result);
    [DllImport(Library)] internal static extern int generator_new(ulong seed, long deviceType, long deviceIndex, nint* result);
    [DllImport(Library)] internal static extern int generator_default(nint* result);
    [DllImport(Library)] internal static extern int generator_free(nint generator);
    [DllImport(Library)] internal static extern int generator_seed(nint generator, ulong seed);
    [DllImport(Library)] internal static extern int generator_seed_all(ulong seed);
    [DllImport(Library)] internal static extern int generator_current_seed(nint generator, ulong* seed);
    [DllImport(Library)] internal static extern int generator_get_state(nint generator, nint* result);
    [DllImport(Library)] internal static extern int generator_set_state(nint generator, nint state);
}
