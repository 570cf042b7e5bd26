using System.Diagnostics;
using System.Globalization;

namespace Lepton.Orleans.Probes;

/// <summary>Four lists to one feedback, of users at random, over connections to all silos: as fast as they are answered, or at a given rate.</summary>
internal sealed class BackgroundLoad(FreshnessOptions options)
{
    // Who is behind by more gives it up: a rate that cannot be reached is no load of its own making.
    private static readonly TimeSpan MaxBehind = TimeSpan.FromSeconds(1);
    private long _answered;
    private long _refused;

    /// <summary>How many requests were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>How many were answered, but not with a 200.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Sends until cancelled.</summary>
    /// <param name="rate">Requests a second; infinite: as fast as they are answered.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task RunAsync(double rate, CancellationToken cancellationToken)
    {
        var connections = options.Urls.Count * options.Connections;
        return Task.WhenAll(Enumerable.Range(0, connections).Select(
            n => Task.Run(() => SendAsync(n, connections / rate, cancellationToken), CancellationToken.None)));
    }

    private async Task SendAsync(int number, double secondsBetween, CancellationToken cancellationToken)
    {
        var random = new Random(number);
        using var connection = await Connection.OpenAsync(options.Urls[number % options.Urls.Count]);
        var due = Stopwatch.GetTimestamp() + (long)(random.NextDouble() * secondsBetween * Stopwatch.Frequency);
        while (!cancellationToken.IsCancellationRequested)
        {
            var now = Stopwatch.GetTimestamp();
            if (due - now > Stopwatch.Frequency / 1000)
            {
                await Task.Delay(Stopwatch.GetElapsedTime(now, due), CancellationToken.None);
            }
            else if (Stopwatch.GetElapsedTime(due, now) > MaxBehind)
            {
                due = now;
            }

            // Some wait longer and some less, as callers do who know nothing of one another.
            due += (long)(-Math.Log(1 - random.NextDouble()) * secondsBetween * Stopwatch.Frequency);
            var user = random.Next(options.Users * 9 / 10);
            try
            {
                await (random.Next(5) == 0
                    ? connection.SendAsync("POST", "/api/feedback", string.Create(CultureInfo.InvariantCulture, $"[{{\"FeedbackType\":\"like\",\"UserId\":\"u{user}\",\"ItemId\":\"i{random.Next(options.Items)}\",\"Value\":1}}]"))
                    : connection.SendAsync("GET", string.Create(CultureInfo.InvariantCulture, $"/api/recommend/u{user}?n=10")));
            }
            catch (RefusedException)
            {
                Interlocked.Increment(ref _refused);
            }

            Interlocked.Increment(ref _answered);
        }
    }
}
