using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>Talks to the API as any HTTP client does.</summary>
public sealed class ApiClient(Uri address) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new() { BaseAddress = address };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>An id that no other test uses.</summary>
    public static string Unique(string prefix) => $"{prefix}-{Guid.NewGuid():N}";

    public void Dispose() => http.Dispose();

    /// <summary>Sends a request, again after a while where the answer is that of a store too busy to confirm in time.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The body: a string is sent as it is, anything else as JSON.</param>
    /// <param name="headers">Headers as <c>name: value</c>.</param>
    public async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> SendAsync(
        string method, string path, object? body = null, params string[] headers)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await SendOnceAsync(method, path, body, headers);
            if (answer.Status != HttpStatusCode.ServiceUnavailable || watch.Elapsed > Patience)
            {
                return answer;
            }

            await Task.Delay(answer.Response.Headers.RetryAfter!.Delta!.Value, Cancelled); // as it asks
        }
    }

    private async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> SendOnceAsync(
        string method, string path, object? body, string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            var text = body as string ?? JsonSerializer.Serialize(body);
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        }

        foreach (var header in headers)
        {
            var (name, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (name is "Content-Type" or "Content-Encoding")
            {
                request.Content!.Headers.Remove(name);
                Assert.True(value.Length == 0 || request.Content.Headers.TryAddWithoutValidation(name, value));
            }
            else
            {
                request.Headers.Add(name, value);
            }
        }

        using var response = await http.SendAsync(request, Cancelled);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled), response);
    }

    /// <summary>Sends a request that must succeed, and reads its answer.</summary>
    public async Task<JsonElement> OkAsync(string method, string path, object? body = null, params string[] headers)
    {
        var (status, text, response) = await SendAsync(method, path, body, headers);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path} answered {status}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Reads what must be there.</summary>
    public Task<JsonElement> GetAsync(string path, params string[] headers) => OkAsync("GET", path, null, headers);

    /// <summary>Writes, and says how many rows changed.</summary>
    public async Task<int> WriteAsync(string method, string path, object? body = null) =>
        (await OkAsync(method, path, body)).GetProperty("RowAffected").GetInt32();

    /// <summary>Sends a request that must fail, and reads the problem.</summary>
    public async Task<JsonElement> ProblemAsync(HttpStatusCode expected, string method, string path, object? body = null, params string[] headers)
    {
        var (status, text, response) = await SendAsync(method, path, body, headers);
        Assert.True(status == expected, $"{method} {path} answered {status} instead of {expected}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(text);
        Assert.Equal((int)expected, document.RootElement.GetProperty("status").GetInt32());
        Assert.NotEqual("", document.RootElement.GetProperty("title").GetString());
        Assert.NotEqual("", document.RootElement.GetProperty("detail").GetString());
        return document.RootElement.Clone();
    }

    /// <summary>Sends a request that must be refused because of one field, and reads the rule.</summary>
    public async Task<string> RuleAsync(string field, string method, string path, object? body = null)
    {
        var problem = await ProblemAsync(HttpStatusCode.BadRequest, method, path, body);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out var rules), $"{field} is not named: {problem}");
        return rules[0].GetString()!;
    }

    /// <summary>Reads again and again until a condition holds: what lists show follows the writes within a second or so.</summary>
    public async Task<JsonElement> EventuallyAsync(string path, Func<JsonElement, bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await GetAsync(path);
            if (condition(answer))
            {
                return answer;
            }

            Assert.True(watch.Elapsed < Patience, $"{path} still answers {answer} after {watch.Elapsed.TotalSeconds:0} s.");
            await Task.Delay(50, Cancelled); // between two looks at the condition, not in place of one
        }
    }

    /// <summary>All entries of a paged enumeration.</summary>
    public async Task<List<JsonElement>> AllAsync(string path, string name, int pageSize)
    {
        var all = new List<JsonElement>();
        var cursor = "";
        do
        {
            var page = await GetAsync($"{path}?n={pageSize}&cursor={Uri.EscapeDataString(cursor)}");
            all.AddRange(page.GetProperty(name).EnumerateArray());
            cursor = page.GetProperty("Cursor").GetString()!;
        }
        while (cursor.Length > 0);
        return all;
    }
}
