using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class StartupTests
{
    [Theory]
    [InlineData("http://127.0.0.1:")]
    [InlineData("http://localhost:")]
    [InlineData("http://[::1]:0;http://127.0.0.1:")]
    public void An_address_whose_port_is_taken_is_refused_before_anything_starts(string address)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = address + ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var builder = WebApplication.CreateSlimBuilder(["--urls", url]);

        var exception = Assert.Throws<OptionsValidationException>(() => builder.RefuseTakenPorts("http://127.0.0.1:0"));

        Assert.Equal($"The port of {url.Split(';')[^1]} is in use, by another Lepton perhaps. Choose another address with --urls.", exception.Message);
        other.Stop();
        builder.RefuseTakenPorts("http://127.0.0.1:0");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3, "--Lepton:Consul=http://127.0.0.1:8500")]
    [InlineData(0, "--Lepton:Consul=http://127.0.0.1:8500", "--Lepton:Shutdown:Drain=00:00:00")]
    public void A_silo_that_has_others_answers_on_for_a_while_when_it_leaves_unless_it_is_told_otherwise(int seconds, params string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(settings);
        builder.AddGracefulShutdown();
        using var services = builder.Services.BuildServiceProvider();

        Assert.Equal(TimeSpan.FromSeconds(seconds), services.GetRequiredService<IOptions<ShutdownOptions>>().Value.Drain);
    }

    [Theory]
    [InlineData("SiloPort", "127.0.0.1")]
    [InlineData("GatewayPort", "0.0.0.0")]
    public void A_port_of_the_silo_that_is_taken_is_refused(string setting, string address)
    {
        using var other = new TcpListener(IPAddress.Parse(address), 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var exception = Assert.Throws<OptionsValidationException>(() => LeptonServer.Create(Path.GetTempPath(), [$"--Orleans:Endpoints:{setting}", $"{port}"]));

        Assert.Equal($"Port {port} (Orleans:Endpoints:{setting}) is in use, by another Lepton perhaps; set it to a free one.", exception.Message);
    }

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:0", "Lepton:ApiKeys")]
    [InlineData("--urls", "http://0.0.0.0:0", "--urls")]
    [InlineData("--Kestrel:Endpoints:Open:Url", "http://*:0", "Lepton:ApiKeys")]
    [InlineData("--Lepton:ApiKeys:0:Role", "root", "Lepton:ApiKeys:0:Role is 'root': set it to admin, write, read or metrics.")]
    [InlineData("--Lepton:Consul", "consul:8500", "Lepton:Consul is 'consul:8500'; write http://host:port")]
    [InlineData("--Lepton:Consul", "http://consul:8500/v1", "Lepton:Consul is 'http://consul:8500/v1'; write http://host:port")]
    [InlineData("--Lepton:Consul", "", "Lepton:Consul is ''; write http://host:port")]
    [InlineData("--Lepton:Consul", "http://127.0.0.1:8500", "Lepton:Redis is not set; silos of one cluster share a store: set Lepton:Redis")]
    [InlineData("--Lepton:RedisReplicas", "1", "Lepton:RedisReplicas is 1 and Lepton:Redis is not set; the embedded store has no replicas")]
    [InlineData("--Lepton:RedisReplicas", "-1", "Lepton:RedisReplicas is -1; set it to a number from 0 to 10")]
    [InlineData("--Orleans:Endpoints:AdvertisedIPAddress", "here", "Orleans:Endpoints:AdvertisedIPAddress is 'here'; write an IP address")]
    [InlineData("--Orleans:ClusterId", "", "Orleans:ClusterId is ''; write letters, digits and hyphens")]
    [InlineData("--Orleans:ClusterId", "shops/", "Orleans:ClusterId is 'shops/'; write letters, digits and hyphens")]
    [InlineData("--Orleans:ClusterId", "my shop", "Orleans:ClusterId is 'my shop'; write letters, digits and hyphens")]
    [InlineData("--Lepton:Shutdown:Drain", "00:01:00", "Lepton:Shutdown:Drain is 00:01:00; set it to at least zero and less than Lepton:Shutdown:Grace (00:00:30)")]
    [InlineData("--Lepton:Shutdown:Grace", "00:00:00", "Lepton:Shutdown:Grace is 00:00:00; set it to more than zero")]
    [InlineData("--Lepton:Api:MaxBodyBytes", "12", "Lepton:Api:MaxBodyBytes is 12")]
    [InlineData("--Lepton:Roles", "cook", "Lepton:Roles is 'cook': 'cook' is no role; name some of api,")]
    [InlineData("--Lepton:Roles", "api", "a silo on its own has to be users, items, recommendations as well")]
    [InlineData("--Lepton:Telemetry:OtlpEndpoint", "collector:4317", "Lepton:Telemetry:OtlpEndpoint is 'collector:4317'")]
    [InlineData("--Lepton:Telemetry:OtlpProtocol", "carrier pigeon", "Lepton:Telemetry:OtlpProtocol is 'carrier pigeon'")]
    [InlineData("--Lepton:Telemetry:Metrics", "Sent", "Lepton:Telemetry:Metrics is Sent, but nobody is there to send them to; set Lepton:Telemetry:OtlpEndpoint.")]
    [InlineData("--Lepton:Telemetry:Metrics", "true", "Lepton:Telemetry:Metrics is 'true'; set it to None or Scraped or Sent or Both.")]
    [InlineData("--Lepton:Telemetry:Metrics", "7", "Lepton:Telemetry:Metrics is 7; set it to None or Scraped or Sent or Both.")]
    [InlineData("--Lepton:Telemetry:TraceRatio", "2", "Lepton:Telemetry:TraceRatio is 2")]
    [InlineData("--Lepton:Kafka:Events:ListServed", "true", "Lepton:Kafka:Events asks for events and Lepton:Kafka is absent")]
    [InlineData("--Lepton:Ranking:Diversity", "abc", "Lepton:Ranking:Diversity is 'abc'; set it to a number, such as 0.")]
    [InlineData("--Lepton:Training:Parallelism", "1.5", "Lepton:Training:Parallelism is '1.5'; set it to a whole number in its range, such as 0.")]
    [InlineData("--Lepton:Training:Automatic", "maybe", "Lepton:Training:Automatic is 'maybe'; set it to true or false.")]
    [InlineData("--Lepton:Shutdown:Grace", "a while", "Lepton:Shutdown:Grace is 'a while'; set it to a time as d.hh:mm:ss, such as 00:00:30.")]
    [InlineData("--Lepton:Kafka:StartPosition", "middle", "Lepton:Kafka:StartPosition is 'middle'; set it to ")]
    public async Task A_service_that_would_be_open_or_is_set_wrongly_does_not_start(string setting, string value, string message)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"lepton-edge-{Guid.NewGuid():N}");
        try
        {
            string[] settings = setting == "--urls" ? [setting, value] : ["--urls", "http://127.0.0.1:0", setting, value];
            var exception = await Assert.ThrowsAnyAsync<OptionsValidationException>(async () =>
            {
                await using var app = LeptonServer.Create(folder, settings);
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
