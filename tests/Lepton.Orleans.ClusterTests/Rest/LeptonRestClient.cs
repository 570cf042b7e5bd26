using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>The part of the REST API that these tests use, over connections of its own.</summary>
internal sealed class LeptonRestClient : IDisposable
{
    private const int PageSize = 1000;
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = false };
    private readonly HttpClient http;

    public LeptonRestClient(Uri address, int connections = 16, TimeSpan? timeout = null) => http = new HttpClient(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = connections,
        UseProxy = false,
    })
    {
        BaseAddress = address,
        Timeout = timeout ?? TimeSpan.FromSeconds(30),
    };

    /// <summary>Sends a key with every request from now on.</summary>
    public void UseKey(string key) => http.DefaultRequestHeaders.Add("X-API-Key", key);

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("api/health/ready", UriKind.Relative), cancellationToken);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false; // nobody listens, or nobody answers in time
        }
    }

    public Task<Answer> PostFeedbackAsync(IReadOnlyList<FeedbackRow> rows, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "api/feedback", rows, cancellationToken, rows is [{ RequestKey: { } key }] ? key : null);

    /// <summary>Feedback that is answered as soon as Kafka has it.</summary>
    public Task<Answer> QueueFeedbackAsync(IReadOnlyList<FeedbackRow> rows, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "api/feedback?async=true", rows, cancellationToken);

    /// <summary>What <c>/metrics</c> says of a name: the sum over its series; absent where it has none.</summary>
    public async Task<double?> MetricAsync(string name, CancellationToken cancellationToken)
    {
        var text = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken);
        var values = text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.AsSpan(name.Length) is ['{' or ' ', ..])
            .Select(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Replace(name, "", StringComparison.Ordinal).Trim().Split(' ')[0], CultureInfo.InvariantCulture))
            .ToList();
        return values.Count == 0 ? null : values.Sum();
    }

    public Task<Answer> PostUserAsync(UserRow user, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "api/user", user, cancellationToken);

    public Task<Answer> PostItemsAsync(IReadOnlyList<ItemRow> items, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "api/items", items, cancellationToken);

    public Task<Answer> DeleteUserAsync(string userId, CancellationToken cancellationToken) =>
        SendAsync<object>(HttpMethod.Delete, $"api/user/{Uri.EscapeDataString(userId)}", null, cancellationToken);

    /// <summary>The keys that hold something of a user.</summary>
    public async Task<IReadOnlyList<string>> RemainsAsync(string userId, CancellationToken cancellationToken)
    {
        using var report = await GetAsync<JsonDocument>($"api/v2/erasure/{Uri.EscapeDataString(userId)}", cancellationToken);
        Assert.True(report.RootElement.GetProperty("KeysScanned").GetInt64() > 0);
        return [.. report.RootElement.GetProperty("Remains").EnumerateArray().Select(r => r.GetProperty("Key").GetString()!)];
    }

    /// <summary>A list with its scores.</summary>
    public async Task<IReadOnlyList<(string Id, double Score)>> ScoresAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-API-Version", "2" } } };
        using var response = await http.SendAsync(request, cancellationToken);
        using var list = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonDocument>(cancellationToken);
        return [.. list!.RootElement.EnumerateArray().Select(e => (e.GetProperty("Id").GetString()!, e.GetProperty("Score").GetDouble()))];
    }

    public Task<Answer> StartBuildAsync(CancellationToken cancellationToken) => SendAsync<object>(HttpMethod.Post, "api/v2/build", null, cancellationToken);

    /// <summary>The state and the stage of the build, and the newest finished one.</summary>
    public async Task<(string State, string Stage, long ModelVersion)> BuildStatusAsync(CancellationToken cancellationToken)
    {
        using var build = await GetAsync<JsonDocument>("api/v2/build", cancellationToken);
        var status = build.RootElement;
        return (status.GetProperty("State").GetString()!, status.GetProperty("Stage").GetString()!, status.GetProperty("ModelVersion").GetInt64());
    }

    public Task<Answer> GetRecommendAnswerAsync(string userId, CancellationToken cancellationToken) =>
        GetAnswerAsync($"api/recommend/{Uri.EscapeDataString(userId)}?n=10", cancellationToken);

    /// <summary>Reads, and says only how that went.</summary>
    public Task<Answer> GetAnswerAsync(string path, CancellationToken cancellationToken) =>
        SendAsync<object>(HttpMethod.Get, path, null, cancellationToken);

    public async Task<IReadOnlyList<string>> RecommendAsync(string userId, int count, CancellationToken cancellationToken) =>
        await GetAsync<string[]>($"api/recommend/{Uri.EscapeDataString(userId)}?n={count}", cancellationToken);

    /// <summary>Whether a model has been built; asks for a build where none has.</summary>
    public async Task<bool> BuildAsync(CancellationToken cancellationToken)
    {
        using var build = await GetAsync<JsonDocument>("api/v2/build", cancellationToken);
        var state = build.RootElement.GetProperty("State").GetString();
        if (state == "None")
        {
            await SendAsync<object>(HttpMethod.Post, "api/v2/build", null, cancellationToken);
        }

        return state == "Succeeded";
    }

    /// <summary>How much positive feedback lists are ranked with: what the item shards have counted.</summary>
    public async Task<long> PositiveFeedbackAsync(CancellationToken cancellationToken)
    {
        using var statistics = await GetAsync<JsonDocument>("api/v2/statistics", cancellationToken);
        return statistics.RootElement.GetProperty("PositiveFeedback").GetInt64();
    }

    /// <summary>How many grains of a type are active on the silo, as its metrics say.</summary>
    public async Task<int> ActivationsAsync(string grain, CancellationToken cancellationToken) =>
        (await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken)).Split('\n')
            .Where(line => line.StartsWith($"orleans_grains{{grain_type=\"{grain}\"", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));

    public IAsyncEnumerable<FeedbackRow> AllFeedbackAsync(CancellationToken cancellationToken) =>
        PagesAsync<FeedbackRow>("api/feedback", "Feedback", cancellationToken);

    public IAsyncEnumerable<UserRow> AllUsersAsync(CancellationToken cancellationToken) => PagesAsync<UserRow>("api/users", "Users", cancellationToken);

    public IAsyncEnumerable<ItemRow> AllItemsAsync(CancellationToken cancellationToken) => PagesAsync<ItemRow>("api/items", "Items", cancellationToken);

    public async Task<IReadOnlyList<FeedbackRow>> FeedbackOfAsync(string userId, CancellationToken cancellationToken) =>
        await GetAsync<FeedbackRow[]>($"api/user/{Uri.EscapeDataString(userId)}/feedback", cancellationToken);

    public void Dispose() => http.Dispose();

    private async IAsyncEnumerable<T> PagesAsync<T>(string path, string property, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = "";
        do
        {
            using var page = await GetAsync<JsonDocument>($"{path}?n={PageSize}&cursor={Uri.EscapeDataString(cursor)}", cancellationToken);
            foreach (var row in page.RootElement.GetProperty(property).EnumerateArray())
            {
                yield return row.Deserialize<T>(Json)!;
            }

            cursor = page.RootElement.GetProperty("Cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"GET {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }

        return (await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
    }

    private async Task<Answer> SendAsync<T>(HttpMethod method, string path, T? body, CancellationToken cancellationToken, string? requestKey = null)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, options: Json) };
            if (requestKey is not null)
            {
                request.Headers.Add("Idempotency-Key", requestKey);
            }

            using var response = await http.SendAsync(request, cancellationToken);
            var detail = response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(cancellationToken);
            var outcome = (int)response.StatusCode switch
            {
                < 300 => Outcome.Acknowledged,
                >= 500 => Outcome.Unanswered,
                _ => Outcome.Refused,
            };
            return new Answer(outcome, response.StatusCode, Stopwatch.GetElapsedTime(started), response.Headers.RetryAfter is not null, detail, http.BaseAddress);
        }
        catch (HttpRequestException e)
        {
            var outcome = e.HttpRequestError == HttpRequestError.ConnectionError ? Outcome.NotSent : Outcome.Unanswered;
            return new Answer(outcome, null, Stopwatch.GetElapsedTime(started), false, e.Message, http.BaseAddress);
        }
        catch (SocketException e)
        {
            // Reset as it was made, so nothing was sent: HttpClient hands the socket's exception on as it is.
            return new Answer(Outcome.NotSent, null, Stopwatch.GetElapsedTime(started), false, e.Message, http.BaseAddress);
        }
        catch (OperationCanceledException e)
        {
            return new Answer(Outcome.Unanswered, null, Stopwatch.GetElapsedTime(started), false, e.Message, http.BaseAddress);
        }
    }
}
