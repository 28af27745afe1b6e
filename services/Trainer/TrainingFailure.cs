using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Ledger;
using AgentOps.Learning;
using AgentOps.Models;
using AgentOps.Subjects;
using Npgsql;

namespace AgentOps.Trainer;

/// <summary>What an exception says about a training.</summary>
public static class TrainingFailure
{
    /// <summary>The training has not failed: the lease, the database or this process goes, and whoever takes it up goes on from its last checkpoint.</summary>
    public static bool IsInterruption(Exception cause) => cause is OperationCanceledException or LostLeaseException or LedgerUnavailableException or NpgsqlException;

    /// <summary>The work itself is wrong, and every attempt would end alike. What the store or the machine lacked, the next attempt may find.</summary>
    public static bool IsOfTheWork(Exception cause) => cause is ArgumentException or InvalidDataException or DataRefusedException or TrainingCollapsedException or NonFiniteStepException or ModelFormatException
        or ArtifactRefusedException or ImportRefusedException or UnknownEnvironmentException or SubjectUnreadableException;

    /// <summary>The work or the store says in its own sentence what is wrong; everything else is the machine's, from libtorch to its memory.</summary>
    public static bool IsForeseen(Exception cause) => IsOfTheWork(cause) || cause is EpisodesLackingException or ArtifactMissingException or ArtifactCorruptException or ArtifactStoreFullException or TrainingProcessEndedException;

    /// <summary>The reason in one sentence. libtorch adds to its own the places in its sources, which are left out.</summary>
    public static string Sentence(Exception cause, string device)
    {
        var message = FailureReason.Of(IsForeseen(cause) ? cause.Message : cause.Message.Split('\n')[0].TrimEnd('\r', ' ', '.'));
        return IsForeseen(cause) ? message : $"The training on {device} failed: {message}.";
    }
}
