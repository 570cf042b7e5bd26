using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// Whether a grain of this silo can be reached and reads from its store; where the silo hosts none that could, whether the store
/// answers. Once it has, the absence of the store is not this silo's own: all silos share it, and each answers lists from memory
/// and everything else with when to come back, which nobody would hear if all of them were taken away at once.
/// </summary>
internal sealed class StoreHealthCheck(TenantGrains grains, HostedRoles? hosted = null, IConnectionMultiplexer? store = null) : IHealthCheck
{
    private const string Away = "The store does not answer.";
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    private bool _hasAnswered;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // It is about this silo: whether another one is well is asked of that one.
        var ping = PingAsync();
        var asksGrain = store is null || hosted is null || hosted.Has(SiloRoles.Items);
        try
        {
            await (asksGrain ? grains.Everyone.ListUsersAsync(1, "") : ping).WaitAsync(MaxWait, cancellationToken);
            _hasAnswered = true;
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var isStore = exception is StoreUnavailableException || (store is not null && !ping.IsCompletedSuccessfully);
            return isStore && _hasAnswered
                ? HealthCheckResult.Degraded(Away, exception)
                : HealthCheckResult.Unhealthy(isStore || !_hasAnswered ? Away : "The grains of this silo do not answer.", exception);
        }
    }

    // What it says in the end is looked at, or nobody wants to know any more.
    private async Task PingAsync()
    {
        if (store is not null)
        {
            await store.GetDatabase().PingAsync();
        }
    }
}
