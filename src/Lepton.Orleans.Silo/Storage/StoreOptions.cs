namespace Lepton.Orleans.Silo.Storage;

/// <summary>Where states are kept: <c>Lepton</c>.</summary>
public sealed class StoreOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton";

    /// <summary>
    /// A Redis connection string, <c>host:port,…</c>; absent: the embedded store. Of a Redis Cluster name some servers, of a primary
    /// with replicas all of them.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// How many replicas must have a write before it is acknowledged. With 1 or more, nothing acknowledged is lost when a server
    /// is gone for good and a replica of it is promoted; while there are fewer, writes are answered with 503.
    /// </summary>
    public int RedisReplicas { get; set; }

    /// <summary>Whether a configuration names a Redis, for what is decided before options can be asked for.</summary>
    internal static bool HasRedis(IConfiguration configuration) => !string.IsNullOrEmpty(configuration[$"{Section}:{nameof(Redis)}"]);

    /// <summary>Whether the embedded store is used.</summary>
    public bool IsEmbedded => string.IsNullOrEmpty(Redis);

    /// <summary>The folder of the embedded store's files.</summary>
    public string DataDirectory { get; set; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } local
            ? local
            : Path.GetTempPath(),
        "lepton");
}
