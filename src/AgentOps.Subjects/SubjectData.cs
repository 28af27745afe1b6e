using System.Text;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Subjects;

/// <summary>Personal data in its places: an episode's turns, its tokens, the reasons of its verdicts, the lines of data sets.</summary>
public static class SubjectData
{
    private const string Turns = "turns";
    private const string Tokens = "tokens";
    private const string Reasons = "reasons";
    private const string Sample = "sample";
    private const string Review = "review";

    /// <summary>The trajectory as it is recorded.</summary>
    public static TrajectoryRecorded Encrypt(this SubjectKey key, string subject, TrajectoryRecorded plain) => plain with
    {
        Turns = [], Reason = null, EncryptedTurns = new(Encrypted(key, subject, Turns, new EpisodeText(plain.Turns, plain.Reason)), plain.TurnCount, plain.InvalidActions),
    };

    /// <summary>The trajectory as it was played; of nobody's data it is what was recorded.</summary>
    /// <exception cref="SubjectUnreadableException">The subject was erased, or its key is not there.</exception>
    public static TrajectoryRecorded Decrypt(this SubjectKeys keys, TrajectoryRecorded recorded)
    {
        if (recorded.EncryptedTurns is not { Text: var encrypted })
            return recorded;
        var text = Decrypted<EpisodeText>(keys, Turns, encrypted);
        return recorded with { Turns = text.Turns, Reason = text.Reason };
    }

    /// <summary>The verdict as it is recorded: its reasons may repeat what was said.</summary>
    public static TrajectoryJudged Encrypt(this SubjectKey key, string subject, TrajectoryJudged plain) => plain with
    {
        Opinions = [.. plain.Opinions.Select(opinion => opinion with { Reasons = [] })],
        EncryptedReasons = Encrypted(key, subject, Reasons, plain.Opinions.Select(opinion => opinion.Reasons)),
    };

    /// <exception cref="SubjectUnreadableException">The subject was erased, or its key is not there.</exception>
    public static IReadOnlyList<Opinion> Decrypt(this SubjectKeys keys, IReadOnlyList<Opinion> opinions, Encrypted reasons) =>
        [.. opinions.Zip(Decrypted<IReadOnlyList<string>[]>(keys, Reasons, reasons), (opinion, own) => opinion with { Reasons = own })];

    /// <summary>A trajectory's slice of its shard's token artifact: base64, so that it stays one line.</summary>
    public static byte[] EncryptTokens(this SubjectKey key, ReadOnlySpan<byte> line) => Encoding.ASCII.GetBytes(Convert.ToBase64String(key.Encrypt(Tokens, line)));

    /// <exception cref="SubjectUnreadableException">The subject was erased, or its key is not there.</exception>
    public static byte[] DecryptTokens(this SubjectKeys keys, string subject, ReadOnlySpan<byte> slice) =>
        keys.ToRead(subject).Decrypt(Tokens, Convert.FromBase64String(Encoding.ASCII.GetString(slice)));

    /// <summary>A line of a data set as it is stored.</summary>
    /// <param name="subjects">Whose data it holds: it can be read only as long as nobody of them was erased.</param>
    public static byte[] EncryptLine(this SubjectKeys keys, IEnumerable<string> subjects, byte[] line) => EncryptFor(keys, subjects, Sample, line);

    /// <summary>A line of a data set as it was before it was encrypted.</summary>
    /// <exception cref="SubjectUnreadableException">A subject was erased, or its key is not there.</exception>
    public static string DecryptLine(this SubjectKeys keys, string line) => DecryptAs(keys, Sample, line);

    /// <summary>A reviewer's reason as it is recorded: it may repeat what was shown.</summary>
    /// <param name="subjects">Whose data was shown, at least one: it can be read only as long as nobody of them was erased.</param>
    /// <exception cref="SubjectUnreadableException">A subject was erased.</exception>
    public static Encrypted EncryptReason(this SubjectKeys keys, IEnumerable<string> subjects, string reason) =>
        JsonSerializer.Deserialize<Encrypted>(EncryptFor(keys, subjects, Review, Json(reason)), EventRegistry.Json)!;

    /// <exception cref="SubjectUnreadableException">A subject was erased, or its key is not there.</exception>
    public static string DecryptReason(this SubjectKeys keys, Encrypted reason) =>
        JsonSerializer.Deserialize<string>(DecryptAs(keys, Review, JsonSerializer.Serialize(reason, EventRegistry.Json)), EventRegistry.Json)!;

    /// <summary>Under the keys of several, one inside the other.</summary>
    private static byte[] EncryptFor(SubjectKeys keys, IEnumerable<string> subjects, string what, byte[] data) => subjects.Distinct().Order(StringComparer.Ordinal)
        .Aggregate(data, (inner, subject) => Json(Under(keys.ToWrite(subject), subject, what, inner)));

    private static string DecryptAs(SubjectKeys keys, string what, string text)
    {
        while (EncryptedIn(text) is { } encrypted)
            text = Encoding.UTF8.GetString(keys.ToRead(encrypted.Subject).Decrypt(what, Convert.FromBase64String(encrypted.Ciphertext)));
        return text;
    }

    private static Encrypted? EncryptedIn(string line) =>
        line.StartsWith("""{"subject":""", StringComparison.Ordinal) ? JsonSerializer.Deserialize<Encrypted>(line, EventRegistry.Json) : null;

    private static Encrypted Encrypted<T>(SubjectKey key, string subject, string what, T data) => Under(key, subject, what, Json(data));

    private static Encrypted Under(SubjectKey key, string subject, string what, byte[] data) => new(subject, Convert.ToBase64String(key.Encrypt(what, data)));

    private static T Decrypted<T>(SubjectKeys keys, string what, Encrypted encrypted) =>
        JsonSerializer.Deserialize<T>(keys.ToRead(encrypted.Subject).Decrypt(what, Convert.FromBase64String(encrypted.Ciphertext)), EventRegistry.Json)!;

    private static byte[] Json<T>(T data) => JsonSerializer.SerializeToUtf8Bytes(data, EventRegistry.Json);
}
