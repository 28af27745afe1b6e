using System.Diagnostics;

namespace AgentOps.Exports.Tests;

/// <summary>Python, in whose libraries other people have written down what a format is.</summary>
internal static class Python
{
    // Debian's packages are for Debian's Python, which need not be the first on the path.
    private static readonly string Program = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <returns>What the program printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is what it said.</exception>
    public static string Run(string program, string input)
    {
        using var python = Process.Start(new ProcessStartInfo(Program, ["-c", program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = python.StandardOutput.ReadToEndAsync();
        var error = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(input);
        python.StandardInput.Close();
        python.WaitForExit();
        return python.ExitCode == 0 ? output.Result : throw new InvalidOperationException(error.Result);
    }

    /// <summary>Why a library cannot be used; null where it can.</summary>
    public static string? Obstacle(string library)
    {
        try
        {
            Run($"import {library}", "");
            return null;
        }
        catch (Exception missing) when (missing is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            return missing.Message.Trim().Split('\n')[^1];
        }
    }
}

/// <summary>A fact that needs another's library, skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithPythonAttribute : FactAttribute
{
    /// <param name="package">Debian's, which brings the library.</param>
    public FactWithPythonAttribute(string library, string package)
    {
        if (Python.Obstacle(library) is { } obstacle)
            Skip = $"Python's library {library} cannot be used here ({obstacle}): install Debian's {package}.";
    }
}
