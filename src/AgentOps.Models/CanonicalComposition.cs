using System.Text;

namespace AgentOps.Models;

/// <summary>Unicode's normalisation form C (UAX #15). .NET leaves text as it is where globalisation is invariant, as it is here.</summary>
internal static class CanonicalComposition
{
    private const char FirstThatMayChange = '\u0300';
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7;
    private const int LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, byte> Classes = [];

    static CanonicalComposition()
    {
        using var data = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var lines = new StreamReader(data);
        while (lines.ReadLine() is { } line)
            Add(line.Split(' '));
    }

    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstThatMayChange, '\uffff'))
            return text;
        var codes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, codes);
        Reorder(codes);
        return Compose(codes);
    }

    private static void Add(string[] fields)
    {
        if (fields[0] is "D" or "S")
        {
            var code = Convert.ToInt32(fields[1], 16);
            int[] mapping = [.. fields[2..].Select(field => Convert.ToInt32(field, 16))];
            Decompositions.Add(code, mapping);
            if (fields[0] == "D")
                Compositions.Add((mapping[0], mapping[1]), code);
        }
        else if (fields[0] == "C")
            for (var code = Convert.ToInt32(fields[1], 16); code <= Convert.ToInt32(fields[2], 16); code++)
                Classes.Add(code, byte.Parse(fields[3]));
    }

    private static void Decompose(int code, List<int> codes)
    {
        var syllable = code - SBase;
        if (syllable is >= 0 and < SCount)
        {
            codes.Add(LBase + syllable / (VCount * TCount));
            codes.Add(VBase + syllable % (VCount * TCount) / TCount);
            if (syllable % TCount != 0)
                codes.Add(TBase + syllable % TCount);
        }
        else if (Decompositions.TryGetValue(code, out var mapping))
            foreach (var part in mapping)
                Decompose(part, codes);
        else
            codes.Add(code);
    }

    /// <summary>Sorts each run of combining marks by class; marks of one class keep their order.</summary>
    private static void Reorder(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && ClassOf(codes[end]) != 0)
                end++;
            if (end - start > 1)
            {
                int[] sorted = [.. codes.GetRange(start, end - start).OrderBy(ClassOf)];
                for (var i = 0; i < sorted.Length; i++)
                    codes[start + i] = sorted[i];
            }
            start = end;
        }
    }

    private static string Compose(List<int> codes)
    {
        var composed = new List<int>(codes.Count);
        int starter = -1, lastClass = -1;
        foreach (var code in codes)
        {
            var kind = ClassOf(code);
            var isBlocked = starter >= 0 && lastClass >= kind && composed.Count - 1 > starter;
            if (starter >= 0 && !isBlocked && Joined(composed[starter], code) is { } joined)
            {
                composed[starter] = joined;
                continue;
            }
            if (kind == 0)
                starter = composed.Count;
            lastClass = kind;
            composed.Add(code);
        }
        var text = new StringBuilder(composed.Count);
        foreach (var code in composed)
            text.Append(new Rune(code).ToString());
        return text.ToString();
    }

    private static int? Joined(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + second - VBase) * TCount;
        if (first is >= SBase and < SBase + SCount && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + second - TBase;
        return Compositions.TryGetValue((first, second), out var joined) ? joined : null;
    }

    internal static int ClassOf(int code) => Classes.GetValueOrDefault(code);
}
