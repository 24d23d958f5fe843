package com.galeriemercure.panier.panierrelance;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service. */
@SpringBootApplication
public class PanierRelanceApplication {

    public static void main(String[] args) {
        SpringApplication.run(PanierRelanceApplication.class, args);
    }
}
