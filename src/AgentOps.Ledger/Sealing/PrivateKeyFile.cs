using System.Security.Cryptography;
using AgentOps.Artifacts;

namespace AgentOps.Ledger;

/// <summary>A private ECDSA key of the curve P-256 in a file, PEM, mode 600.</summary>
public static class PrivateKeyFile
{
    /// <summary>Makes the key where there is no file.</summary>
    public static ECDsa Open(string file)
    {
        if (!File.Exists(file))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            DurableFile.WriteOnce(file, made.ExportPkcs8PrivateKeyPem(), DurableFile.Private);
        }
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(file));
        return key;
    }
}
