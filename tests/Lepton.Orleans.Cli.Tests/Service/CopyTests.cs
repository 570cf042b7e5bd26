using Lepton.Orleans.Cli.Service;
using Lepton.Orleans.Cli.Tests.Peer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Lepton.Orleans.Cli.Tests.Service;

/// <summary>A long document, such as a backup, from a service that may stand still.</summary>
public sealed class CopyTests
{
    private const string Piece = "half of a backup\n";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_service_that_stands_still_is_given_up_after_a_minute_without_a_byte(int pieces)
    {
        await using var peer = PeerHost.Make(async context =>
        {
            for (var piece = 0; piece < pieces; piece++)
            {
                await context.Response.WriteAsync(Piece, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await peer.StartAsync(Cancelled);
        using var service = Service(peer.Urls.Single());
        using var output = new MemoryStream();

        var copy = service.CopyAsync("api/v2/backup", output, Cancelled);
        await UntilAsync(() => output.Length == pieces * Piece.Length, "what was sent must have come");
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.False(copy.IsCompleted);
        await UntilAsync(() => copy.IsCompleted, "it must be given up", () => _time.Advance(TimeSpan.FromSeconds(10)));

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => copy);
        Assert.Contains("nothing has come for 60 s; what was written so far is not whole", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_sends_a_little_now_and_then_may_take_as_long_as_it_takes()
    {
        const int pieces = 4;
        using var next = new SemaphoreSlim(1);
        await using var peer = PeerHost.Make(async context =>
        {
            for (var piece = 0; piece < pieces; piece++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync(Piece, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        await peer.StartAsync(Cancelled);
        using var service = Service(peer.Urls.Single());
        using var output = new MemoryStream();

        var copy = service.CopyAsync("api/v2/backup", output, Cancelled);
        for (var piece = 1; piece < pieces; piece++)
        {
            await UntilAsync(() => output.Length == piece * Piece.Length, "a piece must come");
            _time.Advance(TimeSpan.FromSeconds(50));
            _ = next.Release();
        }

        await copy.WaitAsync(Deadline, Cancelled);
        Assert.Equal(pieces * Piece.Length, output.Length);
    }

    private LeptonService Service(string url) => new(new Uri(url), apiKey: null, new RetryOptions(), static _ => { }, _time);

    private static async Task UntilAsync(Func<bool> holds, string what, Action? meanwhile = null)
    {
        var deadline = DateTime.UtcNow + Deadline;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < deadline, what);
            meanwhile?.Invoke();
            await Task.Delay(10, Cancelled);
        }
    }
}
