using System.Diagnostics;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Torch;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>One of the further processes of a training: it is told what to do in a line of JSON, takes every step with the others, and ends when whoever started it does.</summary>
internal static class TrainingProcess
{
    /// <summary>What it says when it is about to meet the others.</summary>
    public const string Ready = "ready";

    /// <param name="Meeting">The file where the processes find each other.</param>
    /// <param name="Lines">The data set. It comes through the pipe and never lies on a disk, since it may be a person's.</param>
    internal sealed record Request(TrainWork Work, string ModelFolder, string? StateFolder, string Meeting, int Rank, int Size, int Threads, IReadOnlyList<string> Lines);

    internal static int Main()
    {
        try
        {
            var request = JsonSerializer.Deserialize<Request>(Console.In.ReadLine() ?? throw new InvalidDataException("Nobody says what to train."), EventRegistry.Json)!;
            EndWithTheOther();
            Console.Out.WriteLine(Ready);
            set_num_threads(request.Threads);
            using var group = ProcessGroup.Open(request.Meeting, request.Rank, request.Size);
            using var job = TrainingJob.Open(request.Work, request.ModelFolder, request.Lines, request.StateFolder, CPU, group);
            foreach (var _ in job.Run()) ;
            return 0;
        }
        catch (Exception failed)
        {
            Console.Error.WriteLine(failed.Message.Split('\n')[0]);
            return 1;
        }
    }

    /// <summary>The pipe ends with its other end's process, however that ended.</summary>
    private static void EndWithTheOther() => new Thread(() =>
    {
        Console.In.Read();
        Process.GetCurrentProcess().Kill();
    })
    { IsBackground = true, Name = "other end" }.Start();
}
