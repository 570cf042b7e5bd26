using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Monitoring;

/// <summary>Takes what silos send by OTLP over HTTP, and keeps the spans.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<TraceSpan> spans = [];
    private readonly Task taking;

    public TraceCollector()
    {
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        listener.Prefixes.Add(Address);
        listener.Start();
        taking = Task.Run(TakeAsync);
    }

    /// <summary>Where it listens: <c>Lepton:Telemetry:OtlpEndpoint</c>.</summary>
    public string Address { get; }

    /// <summary>The spans of a trace that have come so far.</summary>
    public IReadOnlyList<TraceSpan> Of(string traceId) => [.. spans.Where(span => span.TraceId == traceId)];

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await taking;
    }

    private async Task TakeAsync()
    {
        while (true)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (context.Request.Url!.AbsolutePath == "/v1/traces")
                {
                    foreach (var span in SpansOf(body.ToArray()))
                    {
                        spans.Enqueue(span);
                    }
                }

                context.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException && !listener.IsListening)
            {
                return;
            }
        }
    }

    // opentelemetry/proto/collector/trace/v1: resources with scopes with spans; the numbers are those of its fields.
    private static IEnumerable<TraceSpan> SpansOf(ReadOnlyMemory<byte> request) =>
        from resource in ProtobufField.Of(request)
        where resource.Number == 1
        let instance = InstanceOf(resource.Content)
        from scope in ProtobufField.Of(resource.Content)
        where scope.Number == 2
        let source = TextOf(ContentOf(ContentOf(scope.Content, 1), 1))
        from span in ProtobufField.Of(scope.Content)
        where span.Number == 2
        select new TraceSpan(HexOf(span.Content, 1), HexOf(span.Content, 2), HexOf(span.Content, 4), TextOf(ContentOf(span.Content, 5)), source, instance);

    private static string InstanceOf(ReadOnlyMemory<byte> resource) => ProtobufField.Of(ContentOf(resource, 1))
        .Where(attribute => attribute.Number == 1 && TextOf(ContentOf(attribute.Content, 1)) == "service.instance.id")
        .Select(attribute => TextOf(ContentOf(ContentOf(attribute.Content, 2), 1)))
        .Single();

    private static ReadOnlyMemory<byte> ContentOf(ReadOnlyMemory<byte> message, int number) =>
        ProtobufField.Of(message).FirstOrDefault(field => field.Number == number).Content;

    private static string HexOf(ReadOnlyMemory<byte> message, int number) => Convert.ToHexStringLower(ContentOf(message, number).Span);

    private static string TextOf(ReadOnlyMemory<byte> content) => Encoding.UTF8.GetString(content.Span);
}
