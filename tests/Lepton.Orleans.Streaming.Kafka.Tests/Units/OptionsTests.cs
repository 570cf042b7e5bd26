using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Units;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("BootstrapServers")]
    [InlineData("Topics is empty")]
    [InlineData("no Name")]
    [InlineData("Partitions 0")]
    [InlineData("twice")]
    [InlineData("DeadLetterTopic")]
    [InlineData("Group")]
    [InlineData("CacheSize")]
    [InlineData("CommitInterval")]
    [InlineData("SaslMechanism")]
    [InlineData("SslCaLocation is '/nowhere/authority.pem'")]
    [InlineData("sasl.mechansim")]
    [InlineData("socket.timeout.ms")]
    [InlineData("acks")]
    public void An_option_that_cannot_be_used_is_named(string named)
    {
        var options = new KafkaStreamOptions { BootstrapServers = "localhost:9092", Topics = { new KafkaTopicOptions { Name = "orders" } } };
        switch (named)
        {
            case "BootstrapServers": options.BootstrapServers = " "; break;
            case "Topics is empty": options.Topics.Clear(); break;
            case "no Name": options.Topics[0].Name = ""; break;
            case "Partitions 0": options.Topics[0].Partitions = 0; break;
            case "twice": options.Topics.Add(new KafkaTopicOptions { Name = "orders" }); break;
            case "DeadLetterTopic": options.DeadLetterTopic = "orders"; break;
            case "Group": options.Group = ""; break;
            case "CacheSize": options.CacheSize = 10; break;
            case "CommitInterval": options.CommitInterval = TimeSpan.Zero; break;
            case "SslCaLocation is '/nowhere/authority.pem'": options.SslCaLocation = "/nowhere/authority.pem"; break;
            case "sasl.mechansim": options.ClientSettings[named] = "PLAIN"; break;
            case "socket.timeout.ms": options.ClientSettings[named] = "soon"; break;
            case "acks": options.ClientSettings[named] = "1"; break;
            case "SaslMechanism": options.SecurityProtocol = Confluent.Kafka.SecurityProtocol.SaslSsl; break;
        }

        var exception = Assert.Throws<OrleansConfigurationException>(new KafkaStreamOptionsValidator(options, null, "kafka").ValidateConfiguration);
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("'kafka'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_of_batches_are_refused_with_a_way_out() => Assert.Contains(
        "BatchContainerBatchSize",
        Assert.Throws<OrleansConfigurationException>(new KafkaStreamOptionsValidator(
            new KafkaStreamOptions { BootstrapServers = "b:1", Topics = { new KafkaTopicOptions { Name = "orders" } } },
            new StreamPullingAgentOptions { BatchContainerBatchSize = 2 },
            "kafka").ValidateConfiguration).Message,
        StringComparison.Ordinal);

    [Fact]
    public void What_goes_to_the_log_has_no_secrets()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddKafkaStreams("orders", options =>
        {
            options.BootstrapServers = "broker:9092";
            options.Topics.Add(new KafkaTopicOptions { Name = "orders" });
            options.SaslPassword = "secret-1";
            options.ClientSettings["ssl.key.password"] = "secret-2";
        }));

        using var host = builder.Build();
        var lines = host.Services.GetServices<IOptionFormatter>().SelectMany(formatter => formatter.Format()).ToList();
        Assert.Contains(lines, line => line.Contains("broker:9092", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void A_provider_is_added_from_configuration_alone()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Orleans:Streaming:orders:ProviderType"] = "Kafka",
            ["Orleans:Streaming:orders:BootstrapServers"] = "broker:9092",
            ["Orleans:Streaming:orders:Topics:0:Name"] = "orders",
            ["Orleans:Streaming:orders:Topics:0:Partitions"] = "12",
            ["Orleans:Streaming:orders:StartPosition"] = "Latest",
            ["Orleans:Streaming:orders:SecurityProtocol"] = "SaslSsl",
            ["Orleans:Streaming:orders:SaslMechanism"] = "ScramSha256",
            ["Orleans:Streaming:orders:ClientSettings:socket.nagle.disable"] = "true",
            ["Orleans:Streaming:orders:Format"] = "json",
        });
        builder.UseOrleans(silo => silo.UseLocalhostClustering());

        using var host = builder.Build();
        var options = host.Services.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get("orders");
        Assert.Equal(("broker:9092", "orders", 12), (options.BootstrapServers, options.Topics[0].Name, options.Topics[0].Partitions));
        Assert.Equal((KafkaStartPosition.Latest, "true"), (options.StartPosition, options.ClientSettings["socket.nagle.disable"]));
        Assert.IsType<JsonKafkaDataAdapter>(host.Services.GetRequiredKeyedService<IKafkaDataAdapter>("orders"));
    }
}
