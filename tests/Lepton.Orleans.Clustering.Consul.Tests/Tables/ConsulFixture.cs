using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.Clustering.Consul.Tests.Tables;

/// <summary>One server for all tests of a class; each has a cluster of its own.</summary>
public sealed class ConsulFixture : IAsyncLifetime
{
    internal ConsulProcess Consul { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Executable.Find("consul") is not null)
        {
            Consul = ConsulProcess.FindOrSkip();
            await Consul.StartAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Consul is not null)
        {
            await Consul.DisposeAsync();
        }
    }
}
