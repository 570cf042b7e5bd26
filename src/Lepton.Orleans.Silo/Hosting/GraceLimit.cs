using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>
/// Ends the process where <see cref="ShutdownOptions.Grace"/> is over and it has not left: a silo that Consul does not answer
/// goes on for two minutes to say that it is leaving. What was acknowledged is in the store, as after kill -9.
/// </summary>
internal sealed class GraceLimit : IDisposable
{
    // What is told at the end of the grace to give up needs a moment for it.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _grace;
    private readonly Timer _timer;
    private readonly CancellationTokenRegistration _stopping;

    /// <summary>Counts from the moment when the service is told to stop.</summary>
    public GraceLimit(WebApplication app)
    {
        _grace = app.Services.GetRequiredService<IOptions<ShutdownOptions>>().Value.Grace;
        _timer = new Timer(_ => End());
        _stopping = app.Lifetime.ApplicationStopping.Register(() => _timer.Change(_grace + Moment, Timeout.InfiniteTimeSpan));
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _timer.Dispose();
    }

    private void End()
    {
        Console.Error.WriteLine($"Lepton could not leave within Lepton:Shutdown:Grace ({_grace:c}) and ends as it is. What was acknowledged is kept; what the silo served is taken over when others find it gone.");
        Process.GetCurrentProcess().Kill();
    }
}
