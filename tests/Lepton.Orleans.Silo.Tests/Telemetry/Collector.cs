using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

/// <summary>Takes what is sent to it by OTLP over HTTP, and remembers which signals came.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;

    private Collector(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>The paths that were posted to, such as <c>/v1/traces</c>.</summary>
    public ConcurrentDictionary<string, long> Bytes { get; } = new();

    public static async Task<Collector> StartAsync(CancellationToken cancellationToken)
    {
        var app = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "Warning"]).Build();
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            collector.Bytes.AddOrUpdate(context.Request.Path, body.Length, (_, bytes) => bytes + body.Length);
        });
        await app.StartAsync(cancellationToken);
        return collector;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
