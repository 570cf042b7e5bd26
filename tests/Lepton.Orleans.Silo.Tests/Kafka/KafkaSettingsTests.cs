using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Kafka;

public sealed class KafkaSettingsTests
{
    private const string NoReader = "api,users,items,recommendations,training";

    [Theory]
    [InlineData("", "Partitions", "0", "Partitions 0")]
    [InlineData(NoReader, "Partitions", "0", "Partitions 0")]
    [InlineData(NoReader, "SecurityProtocol", "SaslSsl", "SaslMechanism is absent")]
    [InlineData(NoReader, "SslCaLocation", "/nowhere", "SslCaLocation is '/nowhere'")]
    [InlineData(NoReader, "ClientSettings:sasl.mechansim", "PLAIN", "sasl.mechansim")]
    public async Task What_cannot_be_used_is_refused_at_start_up_whether_the_silo_reads_or_not(string roles, string setting, string value, string message)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"lepton-edge-{Guid.NewGuid():N}");
        try
        {
            var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(async () =>
            {
                await using var app = LeptonServer.Create(
                    folder, ["--urls", "http://127.0.0.1:0", "--Lepton:Kafka", "127.0.0.1:9", $"--Lepton:Kafka:{setting}", value, "--Lepton:Roles", roles.Length == 0 ? $"{NoReader},streams" : roles]);
                await app.StartAsync(TestContext.Current.CancellationToken);
            });

            Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
