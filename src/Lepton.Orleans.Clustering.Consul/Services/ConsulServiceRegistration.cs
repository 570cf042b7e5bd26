using System.Globalization;
using Lepton.Orleans.Clustering.Consul.Api;
using Lepton.Orleans.Clustering.Consul.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Keeps a service in the agent's catalogue while its host is up.</summary>
internal sealed class ConsulServiceRegistration(
    ConsulClient consul,
    IOptions<ConsulServiceOptions> service,
    IOptions<ConsulClusteringOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<ConsulServiceRegistration> logger) : BackgroundService
{
    // Of the few seconds for which a service that leaves goes on answering most are for those who have to hear of it.
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1);

    private string? _complaint;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not the token above: that one comes when everything that was started after this has stopped, and nobody should
        // be sent here by then.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await StartedAsync(leaving.Token);
            var definition = Define(service.Value);
            try
            {
                await KeepAsync(definition, leaving.Token);
            }
            finally
            {
                await LeaveAsync(definition);
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    private async Task KeepAsync(ServiceDefinition definition, CancellationToken cancellationToken)
    {
        // The first time without asking: what the agent has may be from before a restart, with other tags.
        for (var isKnown = false; ; isKnown = await IsKnownAsync(definition, cancellationToken))
        {
            if (!isKnown)
            {
                await RegisterAsync(definition, cancellationToken);
            }

            await Task.Delay(service.Value.RefreshInterval, clock, cancellationToken);
        }
    }

    private async Task<bool> IsKnownAsync(ServiceDefinition definition, CancellationToken cancellationToken)
    {
        try
        {
            var isKnown = await consul.IsRegisteredAsync(definition.Id, cancellationToken);
            _complaint = isKnown ? null : _complaint;
            return isKnown;
        }
        catch (ConsulException)
        {
            return false; // registering tells why
        }
    }

    private async Task RegisterAsync(ServiceDefinition definition, CancellationToken cancellationToken)
    {
        try
        {
            await consul.RegisterAsync(definition, cancellationToken);
            _complaint = null;
            logger.ServiceRegistered(definition.Id, definition.Address, definition.Port, options.Value.Address);
        }
        catch (ConsulException exception)
        {
            // Once for each thing to say, however often it is tried.
            if (exception.Message != _complaint)
            {
                _complaint = exception.Message;
                logger.ServiceNotRegistered(definition.Id, exception.Message);
            }
        }
    }

    private async Task LeaveAsync(ServiceDefinition definition)
    {
        using var timeout = new CancellationTokenSource(LeaveTimeout, clock);
        try
        {
            await consul.DeregisterAsync(definition.Id, timeout.Token);
        }
        catch (Exception exception) when (exception is ConsulException or OperationCanceledException)
        {
            logger.ServiceNotDeregistered(definition.Id, exception.Message);
        }
    }

    private static ServiceDefinition Define(ConsulServiceOptions options) => new(
        options.Id,
        options.Name,
        options.Address,
        options.Port,
        [.. options.Tags],
        new ServiceCheck(
            $"{options.Name} is ready",
            options.CheckUrl!, // validated
            Duration(options.CheckInterval),
            Duration(options.CheckTimeout),
            SkipsVerification: true, // it asks by address, which no certificate names
            Duration(options.DeregisterCriticalServiceAfter)));

    private static string Duration(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms");
}
