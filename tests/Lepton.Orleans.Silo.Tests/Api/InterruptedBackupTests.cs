using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class InterruptedBackupTests(LeptonServer server) : IClassFixture<LeptonServer>
{
    [Fact]
    public async Task A_backup_that_meets_a_record_it_cannot_read_is_a_problem_document_and_no_part_of_a_backup()
    {
        await server.Api.WriteAsync("POST", "/api/items", Enumerable.Range(0, 20).Select(i => new { ItemId = $"item {i}" }));
        var database = server.App.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        await server.Api.WriteAsync("POST", "/api/user", new { UserId = "damaged" });
        Assert.True(await database.StringSetAsync("lepton:{u:default/damaged}", "no record"));

        var problem = await server.Api.ProblemAsync(HttpStatusCode.InternalServerError, "GET", "/api/v2/backup");

        Assert.Equal(JsonValueKind.String, problem.GetProperty("detail").ValueKind);
    }
}
