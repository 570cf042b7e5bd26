using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Tests.Faults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Lepton.Orleans.Silo.Tests.Hosting;

public sealed class StoreHealthCheckTests
{
    private static readonly TimeSpan BeforeLoadBalancersGiveUp = TimeSpan.FromSeconds(.9);
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider clock = new();
    private Task<Page<User>> users = Task.FromResult(new Page<User>([], ""));

    [Fact]
    public async Task A_store_that_hangs_keeps_nobody_waiting_who_asks_whether_a_silo_that_was_ready_is()
    {
        var check = Check();
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check, default));

        var hanging = new TaskCompletionSource<Page<User>>();
        users = hanging.Task;
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check, BeforeLoadBalancersGiveUp));

        hanging.SetException(new StoreUnavailableException("list users"));
        Assert.Equal(HealthStatus.Degraded, await StatusAsync(check, default));

        // What answers at once is told at once.
        users = Task.FromResult(new Page<User>([], ""));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check, default));
    }

    [Fact]
    public async Task Grains_that_say_nothing_for_too_long_are_this_silos_own_trouble()
    {
        var check = Check();
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check, default));

        users = new TaskCompletionSource<Page<User>>().Task;
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(check, BeforeLoadBalancersGiveUp));
        clock.Advance(TooLong);

        // What the clock has rung may be under way.
        for (var asked = 0; await StatusAsync(check, BeforeLoadBalancersGiveUp) != HealthStatus.Unhealthy; asked++)
        {
            Assert.InRange(asked, 0, 1000);
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_silo_whose_store_has_never_answered_waits_for_it()
    {
        users = new TaskCompletionSource<Page<User>>().Task;

        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync(Check(), TooLong));
    }

    private StoreHealthCheck Check() => new(new TenantGrains(ScriptedGrains.Create((_, _) => new ScriptedTenant { Users = () => users })), clock);

    private async Task<HealthStatus> StatusAsync(StoreHealthCheck check, TimeSpan passes)
    {
        // Its timers are there when this returns.
        var asked = check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        clock.Advance(passes);
        return (await asked.WaitAsync(TestContext.Current.CancellationToken)).Status;
    }
}
