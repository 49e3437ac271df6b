import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** Makes every kind of request once, so that test/programs/record-vectors.ts can write down what goes over the wire. */
public class OfficialClient {
  static final Semaphore connected = new Semaphore(0);

  static byte[] bytes(String text) {
    return text.getBytes();
  }

  interface Call {
    void make() throws Exception;
  }

  static void refused(Call call) throws Exception {
    try {
      call.make();
    } catch (KeeperException expected) {
      return;
    }
    throw new IllegalStateException("was not refused");
  }

  static void cut() throws Exception {
    System.out.println("cut");
    connected.acquire();
  }

  public static void main(String[] args) throws Exception {
    Watcher own = event -> {
      if (event.getState() == Watcher.Event.KeeperState.SyncConnected && event.getType() == Watcher.Event.EventType.None) connected.release();
    };
    ZooKeeper zk = new ZooKeeper(args[0], 3000, own);
    connected.acquire();
    zk.addAuthInfo("digest", bytes("ada:secret"));
    List<ACL> open = Ids.OPEN_ACL_UNSAFE;
    Stat stat = new Stat();
    zk.create("/v", bytes("one"), open, CreateMode.PERSISTENT);
    zk.create("/v/e", null, open, CreateMode.EPHEMERAL, stat);
    zk.create("/v/s-", bytes("\u017elu\u0165"), open, CreateMode.PERSISTENT_SEQUENTIAL, stat);
    zk.create("/v/c", bytes(""), open, CreateMode.CONTAINER);
    zk.create("/v/t", bytes("ttl"), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT_WITH_TTL, stat, 60000);
    refused(() -> zk.create("/v", bytes("again"), open, CreateMode.PERSISTENT));
    zk.exists("/v", false);
    zk.exists("/absent", false);
    zk.getData("/v", false, stat);
    zk.getData("/v/e", false, stat);
    zk.setData("/v", bytes("two"), 0);
    refused(() -> zk.setData("/v", bytes("three"), 0));
    zk.getChildren("/v", false);
    zk.getChildren("/v", false, stat);
    zk.getAllChildrenNumber("/v");
    zk.getACL("/v/t", stat);
    zk.setACL("/v/c", Ids.READ_ACL_UNSAFE, 0);
    CountDownLatch synced = new CountDownLatch(1);
    zk.sync("/v", (code, path, context) -> synced.countDown(), null);
    synced.await();
    zk.getEphemerals("/v");
    zk.whoAmI();
    zk.multi(Arrays.asList(
        Op.create("/v/m", bytes("m"), open, CreateMode.PERSISTENT),
        Op.create("/v/mc", bytes(""), open, CreateMode.CONTAINER),
        Op.create("/v/mt", bytes(""), open, CreateMode.PERSISTENT_WITH_TTL, 60000),
        Op.setData("/v/m", bytes("n"), 0),
        Op.check("/v", 1),
        Op.delete("/v/m", 1)));
    refused(() -> zk.multi(Arrays.asList(Op.check("/v", 1), Op.delete("/absent", -1), Op.check("/v", 1))));
    zk.multi(Arrays.asList(Op.getData("/v"), Op.getChildren("/v"), Op.getData("/absent")));
    zk.exists("/v", own);
    cut();
    zk.addWatch("/v", own, AddWatchMode.PERSISTENT);
    zk.addWatch("/v/c", own, AddWatchMode.PERSISTENT_RECURSIVE);
    cut();
    zk.setData("/v", bytes("three"), -1);
    zk.removeWatches("/v/c", own, Watcher.WatcherType.Any, false);
    zk.removeAllWatches("/v", Watcher.WatcherType.Any, false);
    refused(() -> zk.delete("/v", -1));
    zk.delete("/v/e", 0);
    Thread.sleep(1500); // longer than a third of the time-out: a ping
    zk.close();
  }
}
