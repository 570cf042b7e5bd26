using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class RestoreStreamTests(LeptonServer server) : IClassFixture<LeptonServer>
{
    private const int Items = 120;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_are_restored_while_the_rest_is_still_being_sent_and_a_bad_one_is_named_by_its_place_among_all()
    {
        // Some megabytes: a service that kept them until the end would keep as many gigabytes.
        var labels = JsonSerializer.Serialize(new string('x', 60_000));
        var lines = Enumerable.Range(0, Items)
            .Select(i => JsonSerializer.Serialize(new { Kind = "Item", Number = i, ItemId = $"item {i}", Record = new { LabelsJson = labels } }))
            .Prepend(JsonSerializer.Serialize(new { Kind = "Backup", Version = 1, Tenant = "default", Id = "streamed", StartedAt = DateTime.UnixEpoch }));
        using var http = new HttpClient { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v2/restore", UriKind.Relative))
        {
            Content = new Sending(async stream =>
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), Cancelled);
                await stream.FlushAsync(Cancelled);
                for (var watch = Stopwatch.StartNew(); (await server.Api.SendAsync("GET", "/api/item/item%200")).Status != HttpStatusCode.OK;)
                {
                    Assert.True(watch.Elapsed < Deadline, "Nothing is restored before the request has ended.");
                    await Task.Delay(50, Cancelled); // between two looks at the condition
                }

                await stream.WriteAsync("nonsense\n"u8.ToArray(), Cancelled);
            }),
        };
        request.Headers.TransferEncodingChunked = true;

        using var response = await http.SendAsync(request, Cancelled);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.True(problem.GetProperty("errors").TryGetProperty($"[{Items + 1}]", out _), $"The line is not named: {problem}");
    }

    private sealed class Sending : HttpContent
    {
        private readonly Func<Stream, Task> _write;

        public Sending(Func<Stream, Task> write)
        {
            _write = write;
            Headers.ContentType = new("application/x-ndjson");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
