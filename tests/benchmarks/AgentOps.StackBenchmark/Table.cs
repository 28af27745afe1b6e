using System.Text;

namespace AgentOps.StackBenchmark;

/// <summary>The idle stack's processes as a Markdown table: resource by resource, and under it those of its processes that used anything.</summary>
internal static class Table
{
    public static string Of(IdleCost cost)
    {
        var text = new StringBuilder($"| process | CPU in {cost.Watched.TotalSeconds:F0} s, ms | of one core |\n|---|---|---|\n");
        foreach (var resource in cost.Usages.GroupBy(usage => usage.Resource).OrderByDescending(group => group.Sum(usage => usage.Cpu)))
        {
            Add($"**{resource.Key}** ({resource.Count(usage => usage.Pid is not null)} processes)", resource.Sum(usage => usage.Cpu));
            if (resource.Count() > 1)
                foreach (var usage in resource.Where(usage => usage.Cpu > TimeSpan.Zero).OrderByDescending(usage => usage.Cpu))
                    Add($"&nbsp; {usage.Title} {usage.Pid}", usage.Cpu);
        }
        Add("**sum**", cost.Usages.Sum(usage => usage.Cpu));
        return text.ToString();

        void Add(string name, TimeSpan cpu) => text.Append($"| {name} | {cpu.TotalMilliseconds:F0} | {cpu / cost.Watched:P2} |\n");
    }
}
