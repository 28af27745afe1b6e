using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>Finds resources that would wait for each other for ever.</summary>
internal static class WaitCircles
{
    /// <summary>Throws <see cref="DistributedApplicationException"/> that names the circle.</summary>
    public static void Refuse(IReadOnlyList<IResource> resources)
    {
        var done = new HashSet<IResource>();
        foreach (var resource in resources)
        {
            Visit(resource, [], done);
        }
    }

    private static void Visit(IResource resource, List<IResource> path, HashSet<IResource> done)
    {
        if (path.Contains(resource))
        {
            var circle = path.SkipWhile(r => r != resource).Append(resource).Select(r => r.Name);
            throw new DistributedApplicationException($"These resources wait for each other and none could start: {string.Join(" -> ", circle)}.");
        }

        if (done.Contains(resource))
        {
            return;
        }

        path.Add(resource);
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            Visit(wait.Resource, path, done);
        }

        path.RemoveAt(path.Count - 1);
        done.Add(resource);
    }
}
