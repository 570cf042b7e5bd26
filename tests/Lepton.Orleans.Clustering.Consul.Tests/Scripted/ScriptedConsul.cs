using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Lepton.Orleans.Clustering.Consul.Tests.Scripted;

/// <summary>Answers as a script says, the last line of it again and again.</summary>
internal sealed class ScriptedConsul(params IReadOnlyList<(HttpStatusCode Status, string Body)> script) : HttpMessageHandler
{
    /// <summary>Nobody listens.</summary>
    public const HttpStatusCode Refused = 0;

    /// <summary>Packets are dropped on their way: what .NET makes of that is nobody's cancellation.</summary>
    public const HttpStatusCode Unreachable = (HttpStatusCode)1;

    /// <summary>An answer begins and its body never comes.</summary>
    public const HttpStatusCode Stalled = (HttpStatusCode)2;

    private int _next = -1;

    /// <summary>What was asked: method, path and query.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What was sent.</summary>
    public ConcurrentQueue<string> Bodies { get; } = [];

    /// <summary>What keys were asked with.</summary>
    public ConcurrentQueue<string?> Tokens { get; } = [];

    /// <summary>The rows and the version that a list of keys has, with the index of each.</summary>
    public static (HttpStatusCode, string) List(params IEnumerable<(string Key, string Value, int Index)> entries) => (
        HttpStatusCode.OK,
        $"[{string.Join(',', entries.Select(entry => $$"""{"LockIndex":0,"Key":"{{entry.Key}}","Flags":0,"Value":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(entry.Value))}}","CreateIndex":1,"ModifyIndex":{{entry.Index}}}"""))}]");

    /// <summary>How a transaction is refused.</summary>
    public static (HttpStatusCode, string) Refusal(params IEnumerable<string> reasons) => (
        HttpStatusCode.Conflict,
        $$"""{"Results":null,"Errors":[{{string.Join(',', reasons.Select((reason, index) => $$"""{"OpIndex":{{index}},"What":"{{reason}}"}"""))}}]}""");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery}");
        Tokens.Enqueue(request.Headers.TryGetValues("X-Consul-Token", out var tokens) ? tokens.Single() : null);
        Bodies.Enqueue(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        var (status, body) = script[Math.Min(Interlocked.Increment(ref _next), script.Count - 1)];
        return status switch
        {
            Refused => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"),
            Unreachable => throw new TaskCanceledException("The operation was canceled.", new TimeoutException("A connection could not be established.")),
            Stalled => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StalledContent() },
            _ => new HttpResponseMessage(status) { Content = new StringContent(body) },
        };
    }

    private sealed class StalledContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
