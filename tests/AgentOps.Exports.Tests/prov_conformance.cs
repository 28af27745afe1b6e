using System.Diagnostics;

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

    [FactWithProv]
    public void Another_library_reads_the_document_writes_it_again_and_finds_the_training_in_it()
    {
        var read = Prov.Run(Program, ProvJson.Write(new SampleLineage().Lineage));
        Assert.Contains($"wasAssociatedWith(ao:step/{SampleLineage.Run}/7.train, ao:service/trainer, -)", read);
        Assert.Contains("prov:type='prov:Person'", read);
        Assert.Contains("wasGeneratedBy(", read);
        Assert.Contains("wasAttributedTo(ao:deployment/talk, ao:person/dora)", Prov.Run(Program, ProvJson.Write(new SampleLineage().Deployed().Lineage)));
    }

    [FactWithProv]
    public void That_library_refuses_a_document_that_is_none() => Assert.ThrowsAny<Exception>(() => Prov.Run(Program, """{"entitty": {"ao:model": {}}}"""));
}

internal static class Prov
{
    // Debian's packages are for Debian's Python, which need not be the first on the path.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>Why it cannot be used; null where it can.</summary>
    public static string? Obstacle { get; } = Find();

    public static string Run(string program, string input)
    {
        using var python = Process.Start(new ProcessStartInfo(Python, ["-c", program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = python.StandardOutput.ReadToEndAsync();
        var error = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(input);
        python.StandardInput.Close();
        python.WaitForExit();
        return python.ExitCode == 0 ? output.Result : throw new InvalidOperationException(error.Result);
    }

    private static string? Find()
    {
        try
        {
            Run("import prov", "");
            return null;
        }
        catch (Exception missing) when (missing is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            return missing.Message.Trim().Split('\n')[^1];
        }
    }
}

/// <summary>A fact that needs the other library, skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithProvAttribute : FactAttribute
{
    public FactWithProvAttribute()
    {
        if (Prov.Obstacle is { } obstacle)
            Skip = $"Python's library prov cannot be used here ({obstacle}): install Debian's python3-prov.";
    }
}
