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
            patience: new CallPatience(TimeSpan.FromMilliseconds(500), OutlastsStore: false),
            cancellationToken: canBeCancelled ? cancellation.Token : CancellationToken.None);

        Assert.Same(call, await Task.WhenAny(call, Task.Delay(Deadline, TestContext.Current.CancellationToken)));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Equal(3, tries);
    }
}
