using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// Whether a grain of this silo can be reached and reads from its store; where the silo hosts none that could, whether the store
/// answers. Once it has, the absence of the store is not this silo's own: all silos share it, and each answers lists from memory
/// and everything else with when to come back, which nobody would hear if all of them were taken away at once. A store that hangs
/// must not keep whoever asks waiting either: a load balancer gives up after a second.
/// </summary>
internal sealed class StoreHealthCheck(TenantGrains grains, TimeProvider clock, HostedRoles? hosted = null, IConnectionMultiplexer? store = null) : IHealthCheck
{
    private const string Away = "The store does not answer.";
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Task? _asking;
    private Answer? _last;
    private bool _hasAnswered;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Task asking;
        lock (_gate)
        {
            // One for all who ask meanwhile.
            asking = _asking is { IsCompleted: false } ? _asking : _asking = AskAsync();
        }

        if (!Volatile.Read(ref _hasAnswered))
        {
            await asking.WaitAsync(cancellationToken);
        }
        else if (!asking.IsCompleted)
        {
            // What it was before holds until the store has said something else, or has had its time.
            await Task.WhenAny(asking, Task.Delay(Prompt, clock, cancellationToken));
        }

        return Volatile.Read(ref _last)!.Result;
    }

    private async Task AskAsync()
    {
        // It is about this silo: whether another one is well is asked of that one.
        var ping = PingAsync();
        var asksGrain = store is null || hosted is null || hosted.Has(SiloRoles.Items);
        try
        {
            await (asksGrain ? grains.Everyone.ListUsersAsync(1, "") : ping).WaitAsync(MaxWait, clock);
            Volatile.Write(ref _last, new Answer(HealthCheckResult.Healthy()));
            Volatile.Write(ref _hasAnswered, true);
        }
        catch (Exception exception)
        {
            var isStore = exception is StoreUnavailableException || (store is not null && !ping.IsCompletedSuccessfully);
            Volatile.Write(ref _last, new Answer(isStore && _hasAnswered
                ? HealthCheckResult.Degraded(Away, exception)
                : HealthCheckResult.Unhealthy(isStore || !_hasAnswered ? Away : "The grains of this silo do not answer.", exception)));
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

    // Replaced as a whole.
    private sealed record Answer(HealthCheckResult Result);
}
