using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;
using AgentOps.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// One training as a service runs it: open it (with the last saved state, if there is one), iterate <see cref="Run"/>, save the state between two reports
/// whenever wanted, save the model at the end. Everything of one job happens on one thread at a time.
/// </summary>
public sealed class TrainingJob : IDisposable
{
    private readonly TrainingState _state;
    private readonly string _work;
    private readonly Func<TrainingState, CancellationToken, IEnumerable<StepReport>> _train;

    private TrainingJob(TrainingState state, StepWork work, BalanceSheet? balance, string? stateFolder, Func<TrainingState, CancellationToken, IEnumerable<StepReport>> train)
    {
        (_state, _train, Balance) = (state, train, balance);
        _work = Digest.Of(JsonSerializer.SerializeToUtf8Bytes(work, EventRegistry.Json)).ToString();
        if (stateFolder is not null)
            state.Load(stateFolder, _work);
    }

    /// <summary>What becomes of the data set's samples by the end of the plan; null for a scratch base, which has none.</summary>
    public BalanceSheet? Balance { get; }

    /// <summary>Optimiser steps done.</summary>
    public int Step => _state.Step;

    /// <summary>Training tokens seen, padding not counted.</summary>
    public long Tokens => _state.Tokens;

    /// <summary>Of the last report, also of one before a resume; empty before the first.</summary>
    public IReadOnlyDictionary<string, double> Metrics => _state.Reported;

    /// <summary>Opens one algorithm on one data set.</summary>
    /// <param name="modelFolder">The Hugging Face folder of the model to start from; for dpo and kto also the frozen reference.</param>
    /// <param name="lines">The data set, one JSON object a line.</param>
    /// <param name="stateFolder">What <see cref="SaveState"/> wrote for the same work, to go on from there.</param>
    /// <param name="processes">Those that the work asks for, in every one of which it is opened; null: this one alone.</param>
    /// <exception cref="ArgumentException">There is no such method, or a setting is wrong.</exception>
    /// <exception cref="InvalidDataException">The state belongs to other work, or is malformed.</exception>
    /// <exception cref="DataRefusedException">The data set is malformed or has nothing to train on.</exception>
    public static TrainingJob Open(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder = null, Device? device = null, ProcessGroup? processes = null)
    {
        var asked = Settings.Processes(work.Options) ?? 1;
        if (asked > 1 && device is { type: not DeviceType.CPU })
            throw new ArgumentException($"'processes' above 1 train on the device cpu, not on {device}: leave it out there.");
        if (asked != (processes?.Size ?? 1))
            throw new ArgumentException($"The training is one of {asked} processes, and there are {processes?.Size ?? 1}: start it with TrainingProcesses.", nameof(processes));
        return work.Method switch
        {
            "sft" => OpenSft(work, modelFolder, lines, stateFolder, device, processes),
            "dpo" => OpenDpo(work, modelFolder, lines, stateFolder, device, processes),
            "kto" => OpenKto(work, modelFolder, lines, stateFolder, device, processes),
            "reptile" => OpenReptile(work, modelFolder, lines, stateFolder, device),
            TrainingMethods.Reward => OpenReward(work, modelFolder, lines, stateFolder, device),
            _ => throw new ArgumentException($"There is no training method '{work.Method}': use {string.Join(", ", TrainingMethods.Names)}.", nameof(work)),
        };
    }

    /// <summary>Opens the making of a scratch base.</summary>
    /// <inheritdoc cref="Open(TrainWork, string, IEnumerable{string}, string?, Device?, ProcessGroup?)"/>
    public static TrainingJob Open(ScratchWork work, string? stateFolder = null, Device? device = null)
    {
        EnvironmentInfo[] environments = [.. work.Environments.Select(Catalogue.Find)];
        var policy = ScratchBase.Create(environments, work.Model, work.Seed, device);
        var alphabet = ScratchBase.Alphabet(environments, policy.Tokenizer);
        var options = new CopyStage.Options { Tokens = work.Model.CopyTokens };
        return Owning(new(policy), state => new(state, work, null, stateFolder, (from, ct) => CopyStage.Train(from, alphabet, options, work.Seed, ct)));
    }

    /// <summary>Trains to the end. Cancelled, it stops between two steps and the state can still be saved.</summary>
    /// <exception cref="NonFiniteStepException">A step was refused; the state is that of the step before.</exception>
    public IEnumerable<StepReport> Run(CancellationToken ct = default)
    {
        foreach (var report in _train(_state, ct))
        {
            _state.Reported = report.Metrics;
            yield return report;
        }
    }

    /// <summary>Writes everything that a resume needs. The same state gives the same bytes.</summary>
    public void SaveState(string folder) => _state.Save(folder, _work);

    /// <summary>Writes the model as a Hugging Face folder, with its adapter merged and beside it. The same weights give the same bytes.</summary>
    public void SaveModel(string folder) => _state.Policy.Save(folder);

    public void Dispose() => _state.Dispose();

    private static TrainingJob OpenSft(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder, Device? device, ProcessGroup? processes)
    {
        var options = Sft.Options.From(work.Options);
        var policy = Load(work, modelFolder, device);
        // With an adapter the base is there already.
        var keptBase = policy.Adapter is null && options is not { KlWeight: 0, L2Weight: 0 } ? Policy.Load(modelFolder, device) : null;
        return Owning(new(policy, keptBase) { Processes = processes }, state =>
        {
            var data = DataLines.Demonstrations(lines, policy.Transformer.Config);
            if (options.Shares is { } shares && Mixture.Lacks(data.Samples, shares) is { } lacks)
                throw data.Refused(lacks);
            return new(state, work, data.Balance.Seeing(BatchPlan.Seen(Sft.Plan(data.Samples, options, work.Seed))), stateFolder, (from, ct) => Sft.Train(from, data.Samples, options, work.Seed, ct));
        });
    }

    private static TrainingJob OpenDpo(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder, Device? device, ProcessGroup? processes)
    {
        var options = Dpo.Options.From(work.Options);
        var policy = Load(work, modelFolder, device);
        return Owning(new(policy) { Processes = processes }, state =>
        {
            var data = DataLines.Preferences(lines, policy.Transformer.Config);
            TrainingJob job = new(state, work, data.Balance.Seeing(BatchPlan.Seen(Dpo.Plan(data.Samples, options, work.Seed))), stateFolder, (from, ct) => Dpo.Train(from, data.Samples, options, work.Seed, ct));
            Dpo.CheckReference(state, data.Samples.Count, options);
            return job;
        });
    }

    private static TrainingJob OpenKto(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder, Device? device, ProcessGroup? processes)
    {
        var options = Kto.Options.From(work.Options);
        var policy = Load(work, modelFolder, device);
        return Owning(new(policy) { Processes = processes }, state =>
        {
            var data = DataLines.Labelled(lines, policy.Transformer.Config);
            TrainingJob job = new(state, work, data.Balance.Seeing(BatchPlan.Seen(Kto.Plan(data.Samples, options, work.Seed))), stateFolder, (from, ct) => Kto.Train(from, data.Samples, options, work.Seed, ct));
            Kto.CheckReference(state, data.Samples.Count);
            return job;
        });
    }

    private static TrainingJob OpenReptile(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder, Device? device)
    {
        var options = Reptile.Options.From(work.Options);
        var policy = Load(work, modelFolder, device);
        return Owning(new(policy), state =>
        {
            var data = DataLines.Demonstrations(lines, policy.Transformer.Config);
            if (Reptile.Lacks(data.Samples) is { } lacks)
                throw data.Refused(lacks);
            return new(state, work, data.Balance.Seeing(BatchPlan.Seen(Reptile.Plan(data.Samples, options, work.Seed).SelectMany(batches => batches))), stateFolder, (from, ct) => Reptile.Train(from, data.Samples, options, work.Seed, ct));
        });
    }

    private static TrainingJob OpenReward(TrainWork work, string modelFolder, IEnumerable<string> lines, string? stateFolder, Device? device)
    {
        var options = RewardTraining.Options.From(work.Options);
        var isOutcome = work.Options.Loss == TrainingMethods.OfOutcomes;
        var model = RewardModel.Open(modelFolder, isOutcome ? ScoreMeaning.Outcome : ScoreMeaning.Preference, device);
        TrainingJob Rewarding<T>(TrainingState state, TrainingData<T> data, RewardObjective<T> objective)
        {
            var (learned, kept) = HeldOut.Split(data.Samples, objective.TaskOf, objective.Suffices);
            var balance = kept.Count == 0 ? data.Balance : (data.Balance with { Used = learned.Count, HeldOut = kept.Count }).Closed();
            return new(state, work, balance.Seeing(BatchPlan.Seen(RewardTraining.Plan(learned, objective, options, work.Seed))), stateFolder, (from, ct) => RewardTraining.Train(from, learned, kept, objective, options, work.Seed, ct));
        }
        return Owning(new(model), state => isOutcome
            ? Rewarding(state, DataLines.Labelled(lines, model.Transformer.Config), OutcomeReward.Objective)
            : Rewarding(state, DataLines.Preferences(lines, model.Transformer.Config), BradleyTerry.Objective));
    }

    private static Policy Load(TrainWork work, string modelFolder, Device? device)
    {
        if (work.Options.Adapter?.Qlora is { } qlora)
            return Qlora.Load(modelFolder, qlora, work.From.ToString(), work.Seed, device);
        var policy = Policy.Load(modelFolder, device);
        if (work.Options.Adapter?.Lora is { } lora)
            Lora.Attach(policy, lora, work.From.ToString(), work.Seed);
        return policy;
    }

    private static TrainingJob Owning(TrainingState state, Func<TrainingState, TrainingJob> open)
    {
        try
        {
            return open(state);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }
}
