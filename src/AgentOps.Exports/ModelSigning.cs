using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>What a signature says of a model, once the key was found to have made it.</summary>
/// <param name="Digest">The SHA-256 over the files' raw digests in their order.</param>
/// <param name="Ignored">Paths inside the folder that the signature leaves out, with all below them.</param>
public sealed record SignedModel(string Name, Digest Digest, IReadOnlyList<ModelFile> Files, IReadOnlyList<string> Ignored);

/// <summary>
/// OpenSSF Model Signing v1.0, its key method with SHA-256 over whole files: a Sigstore bundle of a DSSE envelope of an in-toto statement that lists the model's files.
/// Made and verified; signatures by certificate or by Sigstore's keyless method, shards and other hashes are refused with a sentence.
/// </summary>
public static class ModelSigning
{
    public const string PredicateType = "https://model_signing/signature/v1.0";
    internal const string StatementType = "https://in-toto.io/Statement/v1";
    private const string BundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private const string AnyBundleType = "application/vnd.dev.sigstore.bundle";

    // A signature says nothing about when it was made, so no chain of rotations could say whether its key was in force then.
    private const string OfARotation = "Where that is the ledger's key after a rotation, give the newest: of the files beside key.pub the key-N.pub with the highest N.";

    // What a clone of a model's repository has beside the model: left out by default, section 5.
    private static readonly string[] GitPaths = [".git", ".gitattributes", ".github", ".gitignore"];

    /// <summary>Signs exactly these files; of git's own paths those that are none of them are left out where they lie beside the model.</summary>
    /// <param name="name">The model's name; a reader believes it as far as the signer.</param>
    /// <param name="key">A private key of P-256, P-384 or P-521.</param>
    /// <returns>The bundle, JSON.</returns>
    public static string Sign(string name, IEnumerable<ModelFile> files, ECDsa key)
    {
        ModelFile[] sorted = [.. files.OrderBy(file => Convert.ToHexString(Encoding.UTF8.GetBytes(file.Name)), StringComparer.Ordinal)];
        CheckNames(sorted);
        var ignored = GitPaths.Where(path => !sorted.Any(file => IsWithin(file.Name, path))).ToArray();
        var statement = new Statement(StatementType, [new(name, new() { ["sha256"] = DigestOf(sorted).Hex })], PredicateType,
            new([.. sorted.Select(file => new Resource(file.Name, file.Digest.Hex, "sha256"))], new("files", "sha256", AllowSymlinks: false, ignored)));
        var envelope = Dsse.Sign(JsonSerializer.SerializeToUtf8Bytes(statement, Documents.Compact), key);
        return JsonSerializer.Serialize(new Bundle(BundleType, new(new(PublicKey.Of(key).Hint), []), envelope), Documents.Indented);
    }

    /// <summary>Reads what one of the keys has signed; the folder is not looked at.</summary>
    /// <exception cref="SignatureRefusedException">None of the keys has signed it, or it is no signature of a model.</exception>
    public static SignedModel Open(ReadOnlySpan<byte> bundle, IReadOnlyList<PublicKey> trusted)
    {
        var read = Dsse.Read<Bundle>(bundle, "bundle");
        if (!read.MediaType.StartsWith(AnyBundleType, StringComparison.Ordinal))
            throw new SignatureRefusedException($"This is '{read.MediaType}' and no Sigstore bundle.");
        if (read.VerificationMaterial.PublicKey is not { } signer)
            throw new SignatureRefusedException("The model is not signed with a key: signatures by certificate or by Sigstore's keyless method are not verified here.");
        if (signer.Hint is { Length: > 0 } hint && !trusted.Any(key => key.Hint == hint))
            throw new SignatureRefusedException($"The model is signed with the key {hint}, and you trust {string.Join(" and ", trusted.Select(key => key.Hint))}. {OfARotation}");
        return Signed(Dsse.Read<Statement>(Dsse.Open(read.DsseEnvelope, trusted), "statement"));
    }

    /// <summary>Whether these are the files that were signed: all of them, no others, each with its digest.</summary>
    /// <exception cref="SignatureRefusedException">They are not; the message names the first that differs.</exception>
    public static void Check(SignedModel model, IEnumerable<ModelFile> found)
    {
        var there = found.Where(file => !model.Ignored.Any(path => IsWithin(file.Name, path))).ToDictionary(file => file.Name, file => file.Digest, StringComparer.Ordinal);
        foreach (var file in model.Files)
            if (!there.Remove(file.Name, out var digest))
                throw new SignatureRefusedException($"{file.Name} was signed and is not there.");
            else if (digest != file.Digest)
                throw new SignatureRefusedException($"{file.Name} has the digest {digest}, not the signed {file.Digest}.");
        if (there.Count > 0)
            throw new SignatureRefusedException($"{there.Keys.Order(StringComparer.Ordinal).First()} lies in the folder and was not signed.");
    }

    /// <summary>Whether a file is the path or lies below it.</summary>
    internal static bool IsWithin(string file, string path) =>
        path.Trim('/') is var folder && file.StartsWith(folder, StringComparison.Ordinal) && (file.Length == folder.Length || file[folder.Length] == '/');

    private static SignedModel Signed(Statement statement)
    {
        if (statement.Type != StatementType || statement.PredicateType != PredicateType)
            throw new SignatureRefusedException($"What was signed is '{statement.PredicateType}' and no list of a model's files, {PredicateType}.");
        if (statement.Subject is not [{ } subject] || !subject.Digest.TryGetValue("sha256", out var digest))
            throw new SignatureRefusedException("The statement is about one model and its SHA-256, or proves nothing.");
        var serialization = statement.Predicate.Serialization;
        if (serialization is not { Method: "files", HashType: "sha256", AllowSymlinks: false })
            throw new SignatureRefusedException($"The model's files were listed by {serialization.Method} with {serialization.HashType}{(serialization.AllowSymlinks ? " and symbolic links" : "")}; only whole files with sha256 and without symbolic links are verified here.");
        Dsse.CheckElements(statement.Predicate.Resources, "model's files");
        Dsse.CheckElements(serialization.IgnorePaths ?? [], "paths that are left out");
        ModelFile[] files = [.. statement.Predicate.Resources.Select(FileOf)];
        CheckNames(files);
        var found = DigestOf(files);
        return found.Hex == digest
            ? new(subject.Name, found, files, serialization.IgnorePaths ?? [])
            : throw new SignatureRefusedException($"The statement is about the model sha256:{digest}, but its files make {found}.");
    }

    private static ModelFile FileOf(Resource resource) => resource.Algorithm == "sha256" && Digest.TryParse($"sha256:{resource.Digest}", out var digest)
        ? new(resource.Name, digest)
        : throw new SignatureRefusedException($"{resource.Name} has no SHA-256 but '{resource.Digest}' by {resource.Algorithm}.");

    /// <summary>Names that leave the folder or stand twice would be verified as something else than they are read as.</summary>
    private static void CheckNames(IReadOnlyList<ModelFile> files)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in files.Select(file => file.Name))
            if (name.Contains('\\', StringComparison.Ordinal) || name.Split('/').Any(part => part is "" or "." or "..") || !names.Add(name))
                throw new SignatureRefusedException($"'{name}' leaves the model's folder, or stands twice.");
        if (names.Count == 0)
            throw new SignatureRefusedException("A model without a file cannot be signed.");
    }

    private static Digest DigestOf(IEnumerable<ModelFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            hash.AppendData(file.Digest.Bytes);
        return Digest.FromHash(hash.GetHashAndReset());
    }

    private sealed record Bundle(string MediaType, Material VerificationMaterial, DsseEnvelope DsseEnvelope);

    /// <param name="TlogEntries">Always empty for a key; some readers miss it where it is absent.</param>
    private sealed record Material(KeyHint? PublicKey = null, IReadOnlyList<JsonElement>? TlogEntries = null);

    private sealed record KeyHint(string? Hint = null);

    private sealed record Statement([property: JsonPropertyName("_type")] string Type, IReadOnlyList<Subject> Subject, string PredicateType, Predicate Predicate);

    private sealed record Subject(string Name, Dictionary<string, string> Digest);

    private sealed record Predicate(IReadOnlyList<Resource> Resources, Serialization Serialization);

    private sealed record Resource(string Name, string Digest, string Algorithm);

    private sealed record Serialization(
        string Method,
        [property: JsonPropertyName("hash_type")] string HashType,
        [property: JsonPropertyName("allow_symlinks")] bool AllowSymlinks,
        [property: JsonPropertyName("ignore_paths")] IReadOnlyList<string>? IgnorePaths = null);
}
