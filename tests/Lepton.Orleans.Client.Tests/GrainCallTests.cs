using Lepton.Orleans.Client.Calls;

namespace Lepton.Orleans.Client.Tests;

public sealed class GrainCallTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_try_that_is_not_answered_is_given_up_when_patience_ends(bool canBeCancelled)
    {
        using var cancellation = new CancellationTokenSource();
        var tries = 0;

        var call = GrainCall.WriteAsync(
            new TaskCompletionSource<int>(),
            never => ++tries < 3 ? throw new StaleActivationException("a user") : never.Task,
            patience: new CallPatience(TimeSpan.FromMilliseconds(500), OutlastsStore: false, EndsTries: true),
            cancellationToken: canBeCancelled ? cancellation.Token : CancellationToken.None);

        Assert.Same(call, await Task.WhenAny(call, Task.Delay(Deadline, TestContext.Current.CancellationToken)));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Equal(3, tries);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public async Task A_pause_of_writes_is_waited_out_by_whoever_outlasts_the_store(bool outlasts, int expected)
    {
        var tries = 0;
        var call = GrainCall.WriteAsync(
            "default",
            tenant => ++tries < 3 ? throw new WritesPausedException(tenant) { RetryAfter = TimeSpan.FromMilliseconds(1) } : Task.FromResult(7),
            patience: new CallPatience(Deadline, outlasts),
            cancellationToken: TestContext.Current.CancellationToken);

        if (outlasts)
        {
            Assert.Equal(7, await call);
        }
        else
        {
            await Assert.ThrowsAsync<WritesPausedException>(() => call);
        }

        Assert.Equal(expected, tries);
    }

    [Fact]
    public async Task No_try_begins_after_patience_has_ended_however_long_a_wait_is_asked_for()
    {
        var tries = 0;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => GrainCall.ReadAsync(
            "read",
            what => ++tries > 0 ? throw new StoreUnavailableException(what) { RetryAfter = TimeSpan.FromSeconds(1) } : Task.FromResult(7),
            new CallPatience(TimeSpan.FromMilliseconds(500), OutlastsStore: true),
            TestContext.Current.CancellationToken));
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task A_caller_without_patience_for_a_second_try_waits_for_the_first()
    {
        var answer = new TaskCompletionSource<int>();

        var call = GrainCall.WriteAsync(
            answer,
            static answer => answer.Task,
            patience: new CallPatience(TimeSpan.Zero, OutlastsStore: true),
            cancellationToken: TestContext.Current.CancellationToken);

        // Longer than a late try gets: it must not have been given up.
        Assert.NotSame(call, await Task.WhenAny(call, Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken)));
        answer.SetResult(7);

        Assert.Equal(7, await call);
    }
}
