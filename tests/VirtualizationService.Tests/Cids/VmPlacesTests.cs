using VirtualizationService.Life;

namespace VirtualizationService.Tests.Cids;

public sealed class VmPlacesTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly TemporaryDirectory _sockets = new();
    private readonly FakeVsockHost _host;

    public VmPlacesTests() => _host = new FakeVsockHost(_sockets.Path);

    public void Dispose()
    {
        _root.Dispose();
        _sockets.Dispose();
    }

    [Fact]
    public void Addresses_begin_at_2048_and_go_on_from_the_last_used_one_also_in_another_process()
    {
        VmPlaces places = new(_host, _root.Path, null);
        using (VmPlace first = places.Take(256))
        {
            Assert.Equal(2048u, first.Cid);
            Assert.Equal(_root["2048"], first.Directory.Path);
        }

        // Free again, but not the next one.
        using VmPlace second = places.Take(256);
        using VmPlace third = new VmPlaces(_host, _root.Path, null).Take(256);
        Assert.Equal(2049u, second.Cid);
        Assert.Equal(2050u, third.Cid);
    }

    [Fact]
    public void An_address_that_another_user_has_is_passed_over_and_its_directory_is_not_left()
    {
        _host.Taken.UnionWith([2048, 2049, 2051]);
        VmPlaces places = new(_host, _root.Path, null);

        using VmPlace first = places.Take(256);
        using VmPlace second = places.Take(256);

        Assert.Equal(2050u, first.Cid);
        Assert.Equal(2052u, second.Cid);
        Assert.Equal([_root["2050"], _root["2052"]], Directory.GetDirectories(_root.Path).Order());
    }

    [Fact]
    public void After_the_last_address_comes_the_first()
    {
        File.WriteAllText(_root["last-cid"], "65534");
        VmPlaces places = new(_host, _root.Path, null);

        using VmPlace first = places.Take(256);
        using VmPlace second = places.Take(256);

        Assert.Equal(65535u, first.Cid);
        Assert.Equal(2048u, second.Cid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no number")]
    [InlineData("3")]
    [InlineData("4294967295")]
    [InlineData("99999999999999999999999")]
    public void A_damaged_record_of_the_last_one_begins_anew(string content)
    {
        File.WriteAllText(_root["last-cid"], content);

        using VmPlace place = new VmPlaces(_host, _root.Path, null).Take(256);

        Assert.Equal(2048u, place.Cid);
    }

    [Fact]
    public void A_busy_port_of_the_host_costs_one_of_five_attempts()
    {
        _host.BusyPorts.UnionWith([2048, 2049, 2050, 2051]);
        using VmPlace place = new VmPlaces(_host, _root.Path, null).Take(256);
        Assert.Equal(2052u, place.Cid);

        _host.BusyPorts.UnionWith([2053, 2054, 2055, 2056, 2057]);
        RefusedException refusal = Assert.Throws<RefusedException>(() => new VmPlaces(_host, _root.Path, null).Take(256));
        Assert.Contains("5 in a row up to 2057", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([2052u], _host.Taken);
    }

    [Fact]
    public void Many_at_once_never_get_the_same_address()
    {
        VmPlaces[] processes = [new(_host, _root.Path, null), new(_host, _root.Path, null)];
        VmPlace[] places = new VmPlace[40];
        Parallel.For(0, places.Length, i =>
        {
            lock (_host)
            {
                places[i] = processes[i % 2].Take(256);
            }
        });

        Assert.Equal(places.Length, places.Select(static place => place.Cid).Distinct().Count());
        foreach (VmPlace place in places)
        {
            place.Dispose();
        }

        Assert.Empty(_host.Taken);
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }
}
