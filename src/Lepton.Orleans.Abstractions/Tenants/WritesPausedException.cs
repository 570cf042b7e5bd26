namespace Lepton.Orleans;

/// <summary>
/// Writes to a tenant are paused, as they are for some seconds while it moves to another service. Nothing of this one was
/// kept; it may be repeated after <see cref="RetryAfter"/>.
/// </summary>
[GenerateSerializer, Alias("lepton.WritesPausedException")]
public sealed class WritesPausedException : Exception
{
    /// <summary>Makes the exception for a tenant.</summary>
    /// <param name="tenant">The tenant.</param>
    public WritesPausedException(string tenant)
        : base($"Writes to '{tenant}' are paused; nothing of this one was kept, and it may be repeated.") => Tenant = tenant;

    /// <summary>The tenant.</summary>
    [Id(0)] public string Tenant { get; }

    /// <summary>How long to wait before the same call is repeated.</summary>
    [Id(1)] public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
