using System.Buffers.Binary;
using System.Text;

namespace AgentOps.Models.Tests;

public sealed class When_tensors_are_read : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_golden_bytes_are_written_and_read_back()
    {
        // Names in order; the header is padded with spaces to a multiple of 8; the data of "a" (1, -2) and then of "b" (0.5).
        var header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] expected = [(byte)padded.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(padded), 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f];

        Safetensors.Write(_folder.Of("f"), [new("b", [], [0.5f]), new("a", [2, 1], [1, -2])]);

        Assert.Equal(expected, File.ReadAllBytes(_folder.Of("f")));
        var read = Safetensors.Read(_folder.Of("f"));
        Assert.Equal([1f, -2f], read["a"].Values);
        Assert.Equal([2L, 1L], read["a"].Shape);
        Assert.Equal([0.5f], read["b"].Values);
    }

    [Fact]
    public void Every_float_keeps_its_bits()
    {
        // More than two chunks of 2^17 values; any bit pattern is a float, NaNs with payloads and denormals among them.
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, (1 << 18) + 3).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];

        Safetensors.Write(_folder.Of("f"), [new("a", [values.Length], values)]);

        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), Safetensors.Read(_folder.Of("f"))["a"].Values.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Nothing_at_all_is_a_valid_file()
    {
        Safetensors.Write(_folder.Of("f"), []);

        Assert.Empty(Safetensors.Read(_folder.Of("f")));
    }

    [Theory]
    // 1.5 = 0x3fc00000 as float32, of which bfloat16 is the upper half; 0x3e00 as float16 (exponent 15, mantissa 0.5). -3 as int64.
    [InlineData("F32", "0000c03f", 1.5f)]
    [InlineData("BF16", "c03f", 1.5f)]
    [InlineData("F16", "003e", 1.5f)]
    // The smallest float16: 2^-24. The largest: 65504.
    [InlineData("F16", "0100", 5.9604645e-8f)]
    [InlineData("F16", "ff7b", 65504f)]
    [InlineData("I64", "fdffffffffffffff", -3f)]
    public void Each_type_becomes_float32(string type, string hex, float expected)
    {
        var bytes = Convert.FromHexString(hex);

        var read = Read($$$"""{"a":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,{{{bytes.Length}}}]}}""", bytes);

        Assert.Equal([expected], read["a"].Values);
    }

    [Theory]
    // overlapping
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "overlap")]
    // holes
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "hole")]
    // bytes after or before the end
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "cut off or holds something else")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "cut off or holds something else")]
    // shape and range
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [InlineData("""{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "dimensions")]
    // descriptions
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "is not described")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "is not described")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "is not described")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "is not described")]
    [InlineData("""{"a":5}""", 4, "is not described")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "F8_E4M3")]
    // JSON
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "not valid JSON")]
    [InlineData("""{"a":""", 4, "not valid JSON")]
    [InlineData("""[1,2]""", 4, "does not start with")]
    [InlineData(""" {}""", 0, "does not start with")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "__metadata__")]
    public void A_malformed_file_is_refused_with_a_sentence(string header, int dataBytes, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => Read(header, new byte[dataBytes])).Message);

    [Theory]
    [InlineData(0UL, "claims 0 bytes")]
    [InlineData(100_000_001UL, "claims 100000001 bytes")]
    [InlineData(ulong.MaxValue, "claims 18446744073709551615 bytes")]
    [InlineData(3UL, "is cut off")]
    public void A_header_length_that_cannot_be_is_refused(ulong length, string expected)
    {
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => Read("{}", [], length)).Message);
    }

    [Fact]
    public void A_file_too_short_for_a_header_is_refused()
    {
        File.WriteAllBytes(_folder.Of("f"), new byte[9]);

        Assert.Contains("only 9 bytes", Assert.Throws<ModelFormatException>(() => Safetensors.Read(_folder.Of("f"))).Message);
    }

    [Fact]
    public void A_deeply_nested_header_is_refused() =>
        Assert.Throws<ModelFormatException>(() => Read("{\"a\":" + new string('[', 100_000), []));

    [Fact]
    public void A_tensor_of_the_wrong_size_is_not_made() =>
        Assert.Throws<ArgumentException>(() => new NamedTensor("a", [2, 3], new float[5]));

    private IReadOnlyDictionary<string, NamedTensor> Read(string header, byte[] data, ulong? length = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var start = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(start, length ?? (ulong)json.Length);
        File.WriteAllBytes(_folder.Of("f"), [.. start, .. json, .. data]);
        return Safetensors.Read(_folder.Of("f"));
    }
}
