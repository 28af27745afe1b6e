// Generators, thread counts and live counters belong to the process: tests run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
