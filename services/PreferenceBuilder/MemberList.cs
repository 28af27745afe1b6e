using System.Text;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.PreferenceBuilder;

/// <summary>Whose samples a data set holds: for each of its lines the ids of the trajectories, separated by a space. An artifact of its own, a line for each sample.</summary>
public sealed class MemberList
{
    // A line of pairs has 74 bytes.
    private const int ChunkBytes = 256;

    private readonly byte[] _text;

    // All lines of a set name as many trajectories, and an id is always written in 36 characters.
    private readonly int _width;

    private MemberList(byte[] text)
    {
        _text = text;
        _width = text.AsSpan().IndexOf((byte)'\n') + 1;
        Count = _width == 0 ? 0 : text.Length / _width;
    }

    public static MemberList Of<T>(IEnumerable<DataLine<T>> lines) =>
        new(Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => string.Join(' ', line.Members) + "\n"))));

    /// <exception cref="FormatException">The lines are not of one length.</exception>
    public static MemberList Read(byte[] text)
    {
        var list = new MemberList(text);
        for (var end = list._width - 1; list._width > 0 && end < text.Length; end += list._width)
            if (text[end] != (byte)'\n')
                throw new FormatException("A list of members has lines of several lengths.");
        return list.Count * list._width == text.Length ? list : throw new FormatException("A list of members ends within a line.");
    }

    /// <summary>The samples that stand at a place of a list, of which no more than these are read.</summary>
    /// <param name="list">Seekable.</param>
    /// <param name="first">The index of the first one, from 0.</param>
    /// <returns>How many samples the list has, and those asked for: none behind its end.</returns>
    /// <exception cref="FormatException">The lines are not of one length.</exception>
    public static async Task<(int All, MemberList Part)> ReadPartAsync(Stream list, int first, int most, CancellationToken ct)
    {
        var width = await WidthAsync(list, ct);
        if (width == 0 || list.Length % width != 0)
            throw new FormatException("A list of members ends within a line.");
        var all = checked((int)(list.Length / width));
        var text = new byte[Math.Clamp(all - first, 0, most) * width];
        list.Position = Math.Min(first, all) * (long)width;
        await list.ReadExactlyAsync(text, ct);
        var part = Read(text);
        return part._width == width || text.Length == 0 ? (all, part) : throw new FormatException("A list of members has lines of several lengths.");
    }

    public int Count { get; }

    public byte[] Bytes => _text;

    /// <summary>The Merkle root of RFC 6962 over the lines, without their ends.</summary>
    public Digest Root => Digest.FromHash(ListTree.Root(Leaves()));

    /// <summary>The trajectories of one sample.</summary>
    /// <param name="index">From 0.</param>
    public IReadOnlyList<string> this[int index] => Encoding.ASCII.GetString(Line(index)).Split(' ');

    /// <returns>The first sample that is of this trajectory; null where none is.</returns>
    public int? IndexOf(TrajectoryId trajectory)
    {
        var at = _text.AsSpan().IndexOf(Encoding.ASCII.GetBytes(trajectory.ToString()));
        return at < 0 ? null : at / _width;
    }

    /// <summary>The Merkle path of one line.</summary>
    public IReadOnlyList<byte[]> Path(int index) => ListTree.Path(Leaves(), index);

    /// <summary>How long a line is with its end; 0 where there is none.</summary>
    private static async Task<int> WidthAsync(Stream list, CancellationToken ct)
    {
        var chunk = new byte[ChunkBytes];
        var before = 0;
        for (int read; (read = await list.ReadAsync(chunk, ct)) > 0; before += read)
            if (chunk.AsSpan(0, read).IndexOf((byte)'\n') is >= 0 and var end)
                return before + end + 1;
        return 0;
    }

    private ReadOnlySpan<byte> Line(int index) => _text.AsSpan(index * _width, _width - 1);

    private byte[][] Leaves() => [.. Enumerable.Range(0, Count).Select(index => Rfc6962.Leaf(Line(index)))];
}
