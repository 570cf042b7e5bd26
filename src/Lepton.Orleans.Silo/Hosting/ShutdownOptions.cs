namespace Lepton.Orleans.Silo.Hosting;

/// <summary>How the service leaves: <c>Lepton:Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Shutdown";

    /// <summary>
    /// For how long it answers requests after it has said that it is not ready, so that load balancers find out before they
    /// meet a closed door; <c>00:00:03</c> where <c>Lepton:Consul</c> is set.
    /// </summary>
    public TimeSpan Drain { get; set; }

    /// <summary>
    /// How long all of it may take: <see cref="Drain"/>, the last requests, handing over what the silo holds. Two seconds later
    /// the process is ended, as by kill -9: what was acknowledged is kept.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);
}
