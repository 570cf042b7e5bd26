using Lepton.Orleans.Silo.Apis;
using Lepton.Orleans.Silo.Tests.Api;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Silo.Tests.Hosting;

[Collection(ServerCollection.Name)]
public sealed class ReadinessTests(LeptonServer server)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Polls_of_a_start_are_no_errors_and_only_a_change_is_logged()
    {
        using var lines = new LogLines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(lines));
        var checks = new Script();
        var readiness = new Readiness(checks, server.App.Services.GetRequiredService<IHostApplicationLifetime>(), logging.CreateLogger<Readiness>());

        checks.Obstacle = "The store does not answer.";
        for (var poll = 0; poll < 5; poll++)
        {
            Assert.Equal(("store: The store does not answer.", null), await readiness.AskAsync(Cancelled));
        }

        checks.Obstacle = null;
        Assert.Equal((null, null), await readiness.AskAsync(Cancelled));
        Assert.Equal((null, null), await readiness.AskAsync(Cancelled));
        (checks.Obstacle, checks.Status) = ("The store does not answer.", HealthStatus.Degraded);
        Assert.Equal((null, "store: The store does not answer."), await readiness.AskAsync(Cancelled));
        Assert.Equal((null, "store: The store does not answer."), await readiness.AskAsync(Cancelled));
        checks.Status = HealthStatus.Unhealthy;
        Assert.Equal(("store: The store does not answer.", null), await readiness.AskAsync(Cancelled));

        Assert.Equal(
            [
                (LogLevel.Information, "The service is not ready yet: store: The store does not answer."),
                (LogLevel.Information, "The service is ready"),
                (LogLevel.Warning, "The service stays ready for what it can do without: store: The store does not answer."),
                (LogLevel.Warning, "The service is not ready any more: store: The store does not answer."),
            ],
            lines.All.Select(line => (line.Level, line.Text)));
    }

    [Fact]
    public void The_checks_themselves_log_nothing() =>
        Assert.False(server.App.Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService")
            .IsEnabled(LogLevel.Error));

    private sealed class Script : HealthCheckService
    {
        public string? Obstacle { get; set; }

        public HealthStatus Status { get; set; } = HealthStatus.Unhealthy;

        public override Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default) => Task.FromResult(new HealthReport(
            new Dictionary<string, HealthReportEntry>
            {
                ["store"] = new(Obstacle is null ? HealthStatus.Healthy : Status, Obstacle, TimeSpan.Zero, null, null),
            },
            TimeSpan.Zero));
    }
}
