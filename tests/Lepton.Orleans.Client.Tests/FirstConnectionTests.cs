using System.Net;
using Lepton.Orleans.Clustering.Consul;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lepton.Orleans.Client.Tests;

public sealed class FirstConnectionTests
{
    [Fact]
    public async Task A_front_end_waits_for_what_is_away_and_not_for_who_refuses_it()
    {
        var connection = new FirstConnection(TimeProvider.System, NullLogger<FirstConnection>.Instance);
        var cancelled = TestContext.Current.CancellationToken;

        Assert.True(await connection.ShouldRetryConnectionAttempt(new SiloUnavailableException("no gateway"), cancelled));
        Assert.True(await connection.ShouldRetryConnectionAttempt(new ConsulException("no leader", HttpStatusCode.InternalServerError), cancelled));
        Assert.False(await connection.ShouldRetryConnectionAttempt(new ConsulException("permission denied", HttpStatusCode.Forbidden), cancelled));
    }
}
