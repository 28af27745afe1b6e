using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a parameter gets its first value: random letters and digits, no character that needs quoting anywhere.</summary>
public sealed record GenerateParameterDefault(int MinLength = 32)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A fresh random value; 32 characters carry 190 bits.</summary>
    public string GetDefaultValue() => RandomNumberGenerator.GetString(Alphabet, MinLength);
}

/// <summary>A value given from outside or generated once and kept in the state folder.</summary>
public sealed class ParameterResource(string name, Func<string> value, bool secret = false) : Resource(name), IValueProvider
{
    /// <summary>True when the value must not be printed.</summary>
    public bool Secret { get; } = secret;

    /// <summary>The value; reading a generated one for the first time stores it.</summary>
    public string Value => value();

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Value);
}
