using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>
/// Keeps the server open for a while after the service has said that it is leaving. By then it is not ready and no longer in
/// Consul; what comes yet is answered.
/// </summary>
internal sealed class Drain(IOptions<ShutdownOptions> options, TimeProvider clock) : IHostedLifecycleService
{
    /// <summary>Comes before the first service is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Drain > TimeSpan.Zero)
        {
            await Task.Delay(options.Value.Drain, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
