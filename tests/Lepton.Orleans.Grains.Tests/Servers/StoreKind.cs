namespace Lepton.Orleans.Grains.Tests.Servers;

/// <summary>The servers that the store's tests run against.</summary>
public enum StoreKind
{
    /// <summary>Microsoft.Garnet inside the test process, as the embedded store runs it.</summary>
    Garnet,

    /// <summary>redis-server from the PATH, in a process of its own.</summary>
    Redis,
}
