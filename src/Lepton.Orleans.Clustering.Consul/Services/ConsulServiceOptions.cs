namespace Lepton.Orleans.Clustering.Consul;

/// <summary>A service that other programs find in Consul's catalogue, by DNS for one.</summary>
public sealed class ConsulServiceOptions
{
    /// <summary>The service's name, the same for all of its instances.</summary>
    public string Name { get; set; } = "";

    /// <summary>The instance's id, another for each instance; the same after a restart, so that it takes the place of its predecessor.</summary>
    public string Id { get; set; } = "";

    /// <summary>The address that the service answers at.</summary>
    public string Address { get; set; } = "";

    /// <summary>The port that the service answers at.</summary>
    public int Port { get; set; }

    /// <summary>What instances may be chosen by.</summary>
    public IList<string> Tags { get; } = [];

    /// <summary>What the agent asks to know whether the instance may be given work: a 2xx means that it may.</summary>
    public Uri? CheckUrl { get; set; }

    /// <summary>How often the agent asks.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the agent waits for an answer.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>After how long without a good answer the agent forgets the instance; Consul takes no less than a minute.</summary>
    public TimeSpan DeregisterCriticalServiceAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the instance looks whether the agent still knows it: one that was started again may not.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(5);
}
