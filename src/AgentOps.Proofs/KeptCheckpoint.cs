using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentOps.Proofs;

/// <summary>A checkpoint's note that nobody has looked at yet.</summary>
/// <param name="Place">Where it was found, for whoever reads what is wrong with it: a file, or a line.</param>
/// <param name="Size">What it is said to be of.</param>
public sealed partial record KeptCheckpoint(string Place, long Size, string Note)
{
    /// <summary>The files of a folder of checkpoints, each named by its size, the smallest first; none where there is no such folder.</summary>
    public static IEnumerable<string> FilesIn(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.note").Where(file => FileName().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal)
        : [];

    /// <summary>Every checkpoint's note as it lies in a folder, the smallest first.</summary>
    public static IReadOnlyList<KeptCheckpoint> AllIn(string folder) => [.. FilesIn(folder).Select(Read)];

    /// <summary>A file of a folder of checkpoints; its note with the cosignatures where they lie beside it.</summary>
    public static KeptCheckpoint Read(string file)
    {
        var read = File.Exists(CosignedBeside(file)) ? CosignedBeside(file) : file;
        return new(read, long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture), File.ReadAllText(read));
    }

    /// <summary>Where a checkpoint's note lies with its cosignatures.</summary>
    public static string CosignedBeside(string file) => Path.ChangeExtension(file, ".cosigned");

    /// <exception cref="FormatException">It is not signed by this key, or is not of the size that it is said to be of; the message names the place.</exception>
    public Checkpoint Open(NoteKey key)
    {
        try
        {
            var checkpoint = Checkpoint.Open(Note, key);
            return checkpoint.Size == Size ? checkpoint : throw new FormatException($"It is of {checkpoint.Size} events, which is not what its name says.");
        }
        catch (FormatException cause)
        {
            throw new FormatException($"{Place} is not a checkpoint of this log: {cause.Message}", cause);
        }
    }

    /// <summary>When the witness has cosigned it; null where it has not.</summary>
    /// <exception cref="FormatException">A cosignature of it does not fit; the message names the place.</exception>
    public DateTimeOffset? CosignedBy(CosignatureKey witness)
    {
        try
        {
            return witness.TimeOf(SignedNote.Parse(Note));
        }
        catch (FormatException forged)
        {
            throw new FormatException($"{Place} was changed: {forged.Message}", forged);
        }
    }

    [GeneratedRegex(@"\A[0-9]{16}\.note\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
