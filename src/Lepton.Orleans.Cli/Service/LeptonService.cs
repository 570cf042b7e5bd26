using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Lepton.Orleans.Cli.Service;

/// <summary>
/// A Lepton service, over REST. Every request that the command line sends may be repeated without harm, so each is repeated while
/// the service is away or busy, and says so.
/// </summary>
internal sealed class LeptonService : IDisposable
{
    private const int CopyBytes = 80 * 1024;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly RetryOptions _retry;
    private readonly Action<string> _notice;
    private readonly TimeProvider _time;
    private readonly Lock _noticing = new();
    private long? _noticed;

    /// <summary>A service.</summary>
    /// <param name="url">Its address.</param>
    /// <param name="apiKey">The key, or <see langword="null"/>.</param>
    /// <param name="retry">How long to go on when it is away.</param>
    /// <param name="notice">Hears of every pause.</param>
    /// <param name="time">The clock.</param>
    public LeptonService(Uri url, string? apiKey, RetryOptions retry, Action<string> notice, TimeProvider time)
    {
        Url = url;
        ApiKey = apiKey;
        _retry = retry;
        _notice = notice;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = !url.IsLoopback, AutomaticDecompression = DecompressionMethods.All })
        {
            BaseAddress = new Uri(url.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (!string.IsNullOrEmpty(apiKey))
        {
            _http.DefaultRequestHeaders.Add("X-API-Key", apiKey);
        }
    }

    /// <summary>The address.</summary>
    public Uri Url { get; }

    /// <summary>The key, or <see langword="null"/>.</summary>
    public string? ApiKey { get; }

    /// <summary>Sends a request until it is answered.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the address, escaped, with its query.</param>
    /// <param name="body">JSON, or nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The body of the answer.</returns>
    /// <exception cref="RequestRefusedException">The service refused it.</exception>
    /// <exception cref="CommandFailedException">The service was away or busy for longer than the retries last.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var pause = _retry.FirstPause;
        while (true)
        {
            var (answer, trouble, asked) = await TryAsync(method, path, body, cancellationToken);
            if (answer is not null)
            {
                return answer;
            }

            // What the service asks for is the least; where it stays busy, pauses grow beyond it.
            var wait = asked > pause ? asked.Value : pause;
            wait = wait < _retry.LongestPause ? wait : _retry.LongestPause;
            if (_time.GetElapsedTime(started) + wait > _retry.GiveUpAfter)
            {
                throw new CommandFailedException($"{Url}: {trouble}. Gave up after {Seconds(_retry.GiveUpAfter)}.")
                {
                    Details = ["Is the service running at this address? --url names another, --retry-for waits longer."],
                };
            }

            Notice($"{Url}: {trouble}; trying again in {Seconds(wait)}.");
            await Task.Delay(wait, _time, cancellationToken);
            pause *= 2;
        }
    }

    /// <summary>Gets a document.</summary>
    /// <exception cref="RequestRefusedException">The service refused it.</exception>
    /// <exception cref="CommandFailedException">The service was away or busy for longer than the retries last.</exception>
    public Task<byte[]> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, default, cancellationToken);

    /// <summary>Copies a document that may be long, as it comes.</summary>
    /// <exception cref="RequestRefusedException">The service refused it.</exception>
    /// <exception cref="CommandFailedException">The service does not answer, or stopped in the middle.</exception>
    public async Task CopyAsync(string path, Stream output, CancellationToken cancellationToken)
    {
        using var idle = new CancellationTokenSource(_retry.IdleTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            if (!response.IsSuccessStatusCode)
            {
                var problem = ProblemDocument.Parse((int)response.StatusCode, response.ReasonPhrase, await response.Content.ReadAsByteArrayAsync(stop.Token));
                throw new RequestRefusedException($"GET {Url.AbsoluteUri.TrimEnd('/')}/{path}", problem);
            }

            await using var content = await response.Content.ReadAsStreamAsync(stop.Token);
            var buffer = new byte[CopyBytes];
            while (await ReadAsync(content, buffer, stop.Token) is > 0 and var count)
            {
                // What a disk takes is not the service's time.
                idle.CancelAfter(Timeout.InfiniteTimeSpan);
                await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                idle.CancelAfter(_retry.IdleTimeout);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            throw new CommandFailedException($"{Url}: {Reason(exception)}; what was written so far is not whole.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException($"{Url}: nothing has come for {Seconds(_retry.IdleTimeout)}; what was written so far is not whole.", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<(byte[]? Answer, string Trouble, TimeSpan? Asked)> TryAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_retry.RequestTimeout);
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (!body.IsEmpty)
            {
                request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = Json } };
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(timeout.Token);
            if (response.IsSuccessStatusCode)
            {
                return (bytes, "", null);
            }

            var problem = ProblemDocument.Parse((int)response.StatusCode, response.ReasonPhrase, bytes);
            return response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout
                ? (null, Busy(problem), RetryAfter(response.Headers.RetryAfter))
                : throw new RequestRefusedException($"{method} {Url.AbsoluteUri.TrimEnd('/')}/{path}", problem);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            return (null, Reason(exception), null);
        }
        catch (IOException)
        {
            return (null, "the connection was lost", null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"there was no answer within {Seconds(_retry.RequestTimeout)}", null);
        }
    }

    // Of the file that is written to it would be another trouble.
    private static async ValueTask<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new HttpRequestException("The answer ended in the middle.", exception);
        }
    }

    /// <summary>Several requests meet with the same trouble again and again: a person needs to hear of it now and then.</summary>
    private void Notice(string text)
    {
        lock (_noticing)
        {
            if (_noticed is { } last && _time.GetElapsedTime(last) < _retry.NoticeEvery)
            {
                return;
            }

            _noticed = _time.GetTimestamp();
        }

        _notice(text);
    }

    private static string Busy(ProblemDocument problem) =>
        string.Create(CultureInfo.InvariantCulture, $"{problem.Title} ({problem.Status}){(problem.Detail.Length > 0 ? ": " + problem.Detail.TrimEnd('.') : "")}");

    // A connection that is reset just as it was made is a socket's exception, without one of HTTP around it.
    private static string Reason(Exception exception) => exception switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "nothing answers there (connection refused)",
        { InnerException: SocketException socket } => $"it cannot be reached ({socket.Message})",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "the secure connection failed",
        _ => "the connection was lost",
    };

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? header?.Date - _time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s");
}
