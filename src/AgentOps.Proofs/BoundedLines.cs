namespace AgentOps.Proofs;

/// <summary>The lines of a stream, one after the other in one buffer.</summary>
/// <param name="most">Bytes of a line.</param>
internal sealed class BoundedLines(Stream from, int most)
{
    private byte[] _buffer = new byte[1 << 18];
    private int _start;
    private int _length;
    private int _end;

    /// <summary>The line read last, without its newline; good until the next is read.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_start, _length);

    /// <summary>Lines read so far.</summary>
    public long Number { get; private set; }

    /// <returns>False at the end.</returns>
    /// <exception cref="FormatException">A line is too long, or the last one has no end.</exception>
    public bool Read()
    {
        _start += Number == 0 ? 0 : _length + 1;
        for (var searched = 0; ;)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                (_length, Number) = (searched + found, Number + 1);
                return true;
            }
            searched = _end - _start;
            if (searched > most)
                throw new FormatException($"Line {Number + 1} has more than {most} bytes.");
            if (!Fill())
                return searched > 0 ? throw new FormatException($"Line {Number + 1} ends in its middle: the file was cut.") : false;
        }
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = from.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
