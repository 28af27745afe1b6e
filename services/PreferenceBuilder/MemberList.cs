using System.Text;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.PreferenceBuilder;

/// <summary>Whose samples a data set holds: for each of its lines the ids of the trajectories, separated by a space. An artifact of its own, a line for each sample.</summary>
public sealed class MemberList
{
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
        for (var end = list._width - 1; end < text.Length; end += list._width)
            if (text[end] != (byte)'\n')
                throw new FormatException("A list of members has lines of several lengths.");
        return list.Count * list._width == text.Length ? list : throw new FormatException("A list of members ends within a line.");
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

    private ReadOnlySpan<byte> Line(int index) => _text.AsSpan(index * _width, _width - 1);

    private byte[][] Leaves() => [.. Enumerable.Range(0, Count).Select(index => Rfc6962.Leaf(Line(index)))];
}
