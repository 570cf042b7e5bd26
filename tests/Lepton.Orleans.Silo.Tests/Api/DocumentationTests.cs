using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class DocumentationTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Every_route_of_the_api_is_in_the_document_with_name_summary_tag_and_answers()
    {
        var paths = (await api.GetAsync("/openapi/v1.json")).GetProperty("paths");
        var routes = server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .Select(route => (Path: route.RoutePattern.RawText!, Method: route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Single()))
            .ToList();

        Assert.True(routes.Count > 40, $"There are only {routes.Count} routes.");
        var names = new HashSet<string>();
        foreach (var (path, method) in routes)
        {
#pragma warning disable CA1308 // OpenAPI writes methods in lower case
            var operation = paths.GetProperty(path).GetProperty(method.ToLowerInvariant());
#pragma warning restore CA1308
            Assert.True(names.Add(operation.GetProperty("operationId").GetString()!), $"{method} {path} has the name of another.");
            Assert.NotEqual("", operation.GetProperty("summary").GetString());
            Assert.Equal(1, operation.GetProperty("tags").GetArrayLength());
            Assert.True(operation.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty(path.EndsWith("/backup", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json").TryGetProperty("schema", out _));
            Assert.Equal(method is "POST" or "PUT" or "PATCH" && !path.Contains("build") && !path.Contains("repair") && !path.Contains("writes") && !path.Contains("category/"), operation.TryGetProperty("requestBody", out _));
            Assert.Equal(method is "POST" or "PUT" && path == "/api/feedback", operation.GetProperty("responses").TryGetProperty("422", out _));
            foreach (var parameter in path.Split('/').Where(segment => segment.StartsWith('{')))
            {
                Assert.Contains(operation.GetProperty("parameters").EnumerateArray(), documented =>
                    documented.GetProperty("name").GetString() == parameter.Trim('{', '}') && documented.GetProperty("in").GetString() == "path");
            }
        }
    }

    [Fact]
    public async Task The_schemas_name_the_fields_as_the_answers_do()
    {
        var document = await api.GetAsync("/openapi/v1.json");
        var id = ApiClient.Unique("item");
        await api.WriteAsync("POST", "/api/item", new { ItemId = id });
        await api.WriteAsync("POST", "/api/user", new { UserId = id });
        await api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "like", UserId = id, ItemId = id } });

        foreach (var (schema, answer) in new[]
        {
            ("Item", await api.GetAsync($"/api/item/{id}")),
            ("User", await api.GetAsync($"/api/user/{id}")),
            ("Feedback", await api.GetAsync($"/api/feedback/like/{id}/{id}")),
            ("ItemPage", await api.GetAsync("/api/items")),
            ("UserPage", await api.GetAsync("/api/users")),
            ("FeedbackPage", await api.GetAsync("/api/feedback")),
            ("Rows", await api.OkAsync("POST", "/api/feedback", "[]")),
            ("Live", await api.GetAsync("/api/health/live")),
            ("Ready", await api.GetAsync("/api/health/ready")),
            ("TenantStatistics", await api.GetAsync("/api/v2/statistics")),
            ("BuildStatus", await api.GetAsync("/api/v2/build")),
            ("RepairStatus", await api.GetAsync("/api/v2/repair")),
            ("ErasureReport", await api.GetAsync($"/api/v2/erasure/{id}")),
            ("RecommendationList", await api.GetAsync($"/api/v2/recommend/{id}")),
        })
        {
            var properties = document.GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties");
            Assert.Equal(Names(properties), Names(answer));
        }
    }

    [Fact]
    public async Task Every_reference_in_the_document_leads_somewhere()
    {
        var document = await api.GetAsync("/openapi/v1.json");
        foreach (var reference in References(document))
        {
            var target = document;
            foreach (var step in reference.Split('/').Skip(1))
            {
                Assert.True(target.TryGetProperty(step, out target), $"{reference} leads nowhere.");
            }
        }
    }

    [Fact]
    public async Task The_page_works_without_any_other_server()
    {
        var (status, page, _) = await api.SendAsync("GET", "/docs/");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain("cdn.", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https://", page, StringComparison.OrdinalIgnoreCase);

        var script = await api.SendAsync("GET", "/docs/scalar.js");
        Assert.Equal(HttpStatusCode.OK, script.Status);
        Assert.True(script.Body.Length > 100_000);
    }

    [Fact]
    public async Task The_root_leads_to_the_page()
    {
        var (status, _, response) = await api.SendAsync("GET", "/");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("/docs", response.RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
