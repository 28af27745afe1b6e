using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs.Tests;

/// <summary>Every kind of change of a bundle's files, against the log's key and the checkpoint that was kept elsewhere.</summary>
public sealed class tampered_bundles : IDisposable
{
    private const int Mutations = 5_000;
    private readonly Random _random = new(7);
    private readonly SampleBundle _bundle = new();
    private readonly SampleBundle _fork = new();
    private readonly NoteKey _key;
    private Dictionary<string, string> _whole = [];
    private Dictionary<string, string> _otherView = [];
    private KeptCheckpoint _kept = new("", 0, "");

    public tampered_bundles()
    {
        _key = _bundle.Signer.PublicKey;
        Show();
    }

    private void Show()
    {
        _whole = FilesOf(_bundle);
        _kept = new("kept", _bundle.Log.Count, _whole[EvidenceBundle.CheckpointFile]);
        // The log's owner shows somebody another run under the same size, and signs it.
        _fork.Signer = _bundle.Signer;
        var run = _fork.Log[0];
        _fork.Log[0] = run with { Meta = """{"actor":"eve"}""" };
        _otherView = FilesOf(_fork);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_change_of_a_bundle_passes_be_it_of_a_version_or_of_a_deployment_that_an_alias_named(bool deployed)
    {
        if (deployed)
        {
            _bundle.Moved().Deployed();
            _fork.Moved().Deployed();
            Show();
        }
        Assert.Equal(_bundle.Listed.Count, Verify(_whole).Events);
        var seen = new Dictionary<string, int>();
        for (var done = 0; done < Mutations;)
        {
            var (how, files) = Tampered();
            if (Same(files))
                continue;
            try
            {
                Verify(files);
                Assert.Fail($"mutation {done} passes: {how}");
            }
            catch (EvidenceRefusedException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
            seen[how] = seen.GetValueOrDefault(how) + 1;
            done++;
        }
        Assert.Equal(13, seen.Count);
    }

    [Fact]
    public void A_bundle_of_another_view_of_the_log_is_found_by_whoever_kept_a_checkpoint()
    {
        Assert.Equal(_bundle.Listed.Count, EvidenceVerifier.Verify(Zipped(_otherView), _key).Events);

        Assert.Contains($"signed two trees of {_bundle.Log.Count} events", Assert.Throws<EvidenceRefusedException>(() => Verify(_otherView)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_of_a_size_that_nobody_kept_is_not_of_a_known_view() =>
        Assert.Contains("No checkpoint of", Assert.Throws<EvidenceRefusedException>(() => EvidenceVerifier.Verify(Zipped(_whole), _key, [_kept with { Size = 3 }])).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _bundle.Dispose();
        _fork.Dispose();
    }

    private (string, Dictionary<string, string>) Tampered()
    {
        string[] lists = [.. _whole.Keys.Where(IsOfEvents)];
        var file = lists[_random.Next(lists.Length)];
        var events = _whole[file].Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        var at = _random.Next(events.Count);
        switch (_random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                events[at] = Changed(events[at]);
                return ("a letter of an event", With(file, events));
            case 4:
                events.RemoveAt(at);
                return ("an event left out", With(file, events));
            case 5:
                events.Insert(_random.Next(events.Count), events[at]);
                return ("an event put in", With(file, events));
            case 6:
                var other = _random.Next(events.Count);
                (events[at], events[other]) = (events[other], events[at]);
                return ("two events swapped", With(file, events));
            case 7:
                return ("a letter of the checkpoint", With(EvidenceBundle.CheckpointFile, Changed(_whole[EvidenceBundle.CheckpointFile])));
            case 8:
                return ("a letter of the key", With(EvidenceBundle.KeyFile, Changed(_whole[EvidenceBundle.KeyFile])));
            case 9:
                return ("a letter of the subject", With(EvidenceBundle.SubjectFile, Changed(_whole[EvidenceBundle.SubjectFile])));
            case 10:
                return Artifact();
            default:
                return Foreign();
        }
    }

    private (string, Dictionary<string, string>) Artifact()
    {
        string[] names = [.. _bundle.Files.Keys.Select(name => EvidenceBundle.ModelFolder + name), .. _bundle.Datasets.Keys.Select(name => EvidenceBundle.DatasetFolder + name)];
        var (name, other) = (names[_random.Next(names.Length)], names[_random.Next(names.Length)]);
        switch (_random.Next(3))
        {
            case 0:
                return ("a letter of an artifact", With(name, Changed(_whole[name])));
            case 1:
                var renamed = new Dictionary<string, string>(_whole) { [name[..(name.IndexOf('/', StringComparison.Ordinal) + 1)] + Changed(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..])] = _whole[name] };
                return ("a letter of an artifact's name", renamed.Count == _whole.Count ? _whole : Without(renamed, name));
        }
        var files = With(name, _whole[other]);
        files[other] = _whole[name];
        return ("two artifacts swapped", files);
    }

    private (string, Dictionary<string, string>) Foreign()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreigner = new NoteSigner(_key.Name, key);
        var text = SignedNote.Parse(_whole[EvidenceBundle.CheckpointFile]).Text;
        var forged = With(EvidenceBundle.CheckpointFile, foreigner.Sign(text).ToString());
        switch (_random.Next(3))
        {
            case 0:
                return ("a forged signature", forged);
            case 1:
                forged[EvidenceBundle.KeyFile] = foreigner.PublicKey.ToString();
                return ("a foreign key", forged);
            default:
                return ("another view", _otherView);
        }
    }

    private Evidence Verify(Dictionary<string, string> files) => EvidenceVerifier.Verify(Zipped(files), _key, [_kept]);

    private static Dictionary<string, string> Without(Dictionary<string, string> files, string name)
    {
        files.Remove(name);
        return files;
    }

    private static bool IsOfEvents(string file) => file is EvidenceBundle.EventsFile or EvidenceBundle.DecisionsFile;

    private Dictionary<string, string> With(string file, List<string> events) => With(file, string.Concat(events.Select(line => line + "\n")));

    private Dictionary<string, string> With(string file, string text) => new(_whole) { [file] = text };

    private string Changed(string text)
    {
        var at = _random.Next(text.Length);
        var other = (char)_random.Next(32, 127);
        return string.Concat(text.AsSpan(0, at), other.ToString(), text.AsSpan(at + 1));
    }

    /// <summary>JSON's own blanks, the case of hexadecimal digits, and bits of base64 that stand for nothing say the same.</summary>
    private bool Same(Dictionary<string, string> files) => files.All(file => _whole.TryGetValue(file.Key, out var whole) && (file.Value == whole || Same(file.Key, file.Value)));

    private bool Same(string name, string text)
    {
        try
        {
            return name switch
            {
                _ when IsOfEvents(name) => Read(text).SequenceEqual(Read(_whole[name])),
                EvidenceBundle.SubjectFile => JsonSerializer.Deserialize<EvidenceSubject>(text, EvidenceBundle.Json) == JsonSerializer.Deserialize<EvidenceSubject>(_whole[name], EvidenceBundle.Json),
                EvidenceBundle.CheckpointFile => Checkpoint.Open(text, _key).Text == SignedNote.Parse(_whole[name]).Text,
                EvidenceBundle.KeyFile => NoteKey.Parse(text).ToString() == _key.ToString(),
                _ => false,
            };
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Read(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonSerializer.Serialize(JsonSerializer.Deserialize<EvidenceEvent>(line, EvidenceBundle.Json), EvidenceBundle.Json));

    private static Dictionary<string, string> FilesOf(SampleBundle bundle)
    {
        using var archive = new ZipArchive(bundle.Written());
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var text = new StreamReader(entry.Open());
            return text.ReadToEnd();
        });
    }

    private static MemoryStream Zipped(Dictionary<string, string> files)
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in files)
                using (var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open())
                    entry.Write(Encoding.UTF8.GetBytes(text));
        zip.Position = 0;
        return zip;
    }
}
